/** The directory that holds all that lasts: store, master key, quarantine. Checked before anything else needs it. */
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { errorCode, StartError } from './start-error.ts';

/** Makes it when it is missing, for this account alone. Throws a StartError (34) when it cannot be used. */
export function prepareStateDirectory(path: string): void {
  try {
    makeDirectory(resolve(path));
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const isFull = errorCode(error) === 'ENOSPC';
    throw new StartError(
      34,
      `the state directory ${path} cannot be used: ${reasonOf(error)}.`,
      isFull ? 'Free space there, or choose another:  --state DIR' : 'Choose another:  --state DIR',
    );
  }
  const { mode } = statSync(path);
  if ((mode & 0o002) !== 0) {
    throw new StartError(
      34,
      `the state directory ${path} can be written by everybody.`,
      `Close it:  chmod 700 ${path}`,
    );
  }
}

/**
 * Makes what is missing of an absolute path, one directory after the other. Node's own recursive `mkdirSync` never returns where
 * the file system says ENOENT for a directory whose parent exists, as /proc does.
 */
function makeDirectory(path: string): void {
  const toMake = [path];
  for (let at = dirname(path); statSync(at, { throwIfNoEntry: false }) === undefined; at = dirname(at)) {
    toMake.unshift(at);
  }
  for (const directory of toMake) makeOne(directory);
}

/** It may be there already; a file in its place is refused. */
function makeOne(directory: string): void {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST' || !statSync(directory).isDirectory()) throw error;
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'this account may not write there',
  EPERM: 'this account may not write there',
  ENOTDIR: 'there is a file in its place',
  ENOENT: 'no directory can be made there',
  EEXIST: 'there is a file in its place',
  EROFS: 'its file system is read-only',
  ENOSPC: 'the disk is full',
};

function reasonOf(error: unknown): string {
  const code = errorCode(error);
  return code === undefined ? String(error) : (reasons[code] ?? code);
}
