// Which files `npm test` runs: the compiled unit tests and the scripts' own tests. Interop runs and benches have their
// own commands.

import path from 'node:path';
import { listFiles } from './file-list.mjs';

const TEST = /\.test\.m?js$/;
const NOT_UNIT_TESTS = ['interop', 'bench'];

/**
 * All unit tests of the clone at `root`.
 * @param {string} root
 * @returns {string[]} relative to it, with the compiled ones as `build/test/...`
 */
export function unitTestFiles(root) {
  const compiled = listFiles(path.join(root, 'build', 'test'), (file) => TEST.test(file), NOT_UNIT_TESTS);
  const plain = listFiles(path.join(root, 'test'), (file) => file.endsWith('.test.mjs'), NOT_UNIT_TESTS);
  return [...compiled, ...plain].map((file) => path.relative(root, file));
}

/**
 * Divides the arguments of `npm test`: those with a leading dash are for Node's test runner, the others choose files by
 * a part of their path.
 * @param {string[]} args
 */
export function splitArguments(args) {
  return {
    flags: args.filter((arg) => arg.startsWith('-')),
    filters: args.filter((arg) => !arg.startsWith('-')),
  };
}

/**
 * The files whose path below `test` has one of `filters` in it; all of them without filters.
 * @param {string[]} files
 * @param {string[]} filters
 */
export function chooseFiles(files, filters) {
  return filters.length === 0 ? files : files.filter((file) => filters.some((filter) => matches(file, filter)));
}

/** @param {string} file @param {string} filter as typed, also the source's name */
function matches(file, filter) {
  const place = file.replace(/^build\//, '').replace(/^test\//, '');
  return place.includes(filter.replace(/^(\.\/)?(build\/)?(test\/)?/, '').replace(/\.ts$/, '.js'));
}
