/**
 * A small file that is there whole, or not at all, after a power cut: temporary name, sync, final name, sync of the directory.
 * Beside the store's own way to do so it can insist on making a file that nobody else has made.
 */
import { closeSync, fsyncSync, linkSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Writes `bytes` to `path`. `new`: throws EEXIST when the file is there already. Throws what the system says, and leaves no
 * temporary file behind then.
 */
export function writeDurably(path: string, bytes: Uint8Array, mode: number, how: 'new' | 'replace'): void {
  const temporary = `${path}.new`;
  removeIfThere(temporary); // A power cut may have left one.
  try {
    const fd = openSync(temporary, 'wx', mode);
    try {
      for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    if (how === 'new') linkSync(temporary, path);
    else renameSync(temporary, path);
  } finally {
    removeIfThere(temporary);
  }
  syncDirectory(dirname(path));
}

function syncDirectory(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was not there; anything else shows when the file is opened.
  }
}
