// Lists the files below a folder.

import fs from 'node:fs';
import path from 'node:path';

/**
 * All files below `folder`, in bytewise order; an absent folder has none.
 * @param {string} folder
 * @param {(file: string) => boolean} wanted
 * @param {string[]} [skipped] names of folders that are not entered
 * @returns {string[]} absolute paths
 */
export function listFiles(folder, wanted, skipped = []) {
  if (!fs.existsSync(folder)) {
    return [];
  }
  const found = [];
  const entries = fs.readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory() && !skipped.includes(entry.name)) {
      found.push(...listFiles(file, wanted, skipped));
    } else if (entry.isFile() && wanted(file)) {
      found.push(file);
    }
  }
  return found;
}
