/** Files that are there after a power cut: contents first, then the name. */
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from '../start-error.ts';

/** Makes the names in a directory durable (a new or renamed file is lost without it on a strict file system). */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Makes one directory for this account alone, if it is not there; its parent is. Node's own recursive `mkdir` says ENOENT where
 * the disk is full.
 */
export async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

/** Puts a whole file in place of whatever was there: afterwards, and after a cut at any moment, it is all old or all new. */
export async function replaceFile(path: string, contents: Uint8Array | string): Promise<void> {
  const temporary = `${path}.new`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(contents);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/** Writes a file of `bytes`, the pattern over and over: its blocks are there, and its contents. Its name is not durable yet. */
export async function fillFile(path: string, pattern: Uint8Array, bytes: number): Promise<void> {
  const handle = await open(path, 'w', 0o600);
  try {
    for (let at = 0; at < bytes; ) {
      const { bytesWritten } = await handle.write(pattern, 0, Math.min(pattern.length, bytes - at), at);
      at += bytesWritten;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}
