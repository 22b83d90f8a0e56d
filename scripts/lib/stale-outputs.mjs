// Removes what the compiler once made from sources that are gone: it leaves such files behind, and a deleted test would
// go on running.

import fs from 'node:fs';
import path from 'node:path';
import { listFiles } from './file-list.mjs';

const OUTPUT = /\.(js|d\.ts|js\.map|d\.ts\.map)$/;

/**
 * The compiled files below `outputFolder` whose source below `sourceFolder` is gone.
 * @param {string} outputFolder
 * @param {string} sourceFolder
 * @returns {string[]} absolute paths
 */
export function staleOutputs(outputFolder, sourceFolder) {
  const outputs = listFiles(outputFolder, (file) => OUTPUT.test(file), ['node_modules']);
  return outputs.filter((file) => {
    const source = path.join(sourceFolder, path.relative(outputFolder, file).replace(OUTPUT, '.ts'));
    return !fs.existsSync(source);
  });
}

/**
 * Removes them.
 * @param {string} outputFolder
 * @param {string} sourceFolder
 * @returns {number} how many there were
 */
export function removeStaleOutputs(outputFolder, sourceFolder) {
  const stale = staleOutputs(outputFolder, sourceFolder);
  for (const file of stale) {
    fs.rmSync(file);
  }
  return stale.length;
}
