/** The directory that holds all that lasts: store, master key, quarantine. Checked before anything else needs it. */
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { errorCode, StartError } from './start-error.ts';

/** Makes it when it is missing, for this account alone. Throws a StartError (34) when it cannot be used. */
export function prepareStateDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new StartError(
      34,
      `the state directory ${path} cannot be used: ${reasonOf(error)}.`,
      'Choose another:  --state DIR',
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

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'this account may not write there',
  EPERM: 'this account may not write there',
  ENOTDIR: 'there is a file in its place',
  EEXIST: 'there is a file in its place',
  EROFS: 'its file system is read-only',
  ENOSPC: 'the disk is full',
};

function reasonOf(error: unknown): string {
  const code = errorCode(error);
  return code === undefined ? String(error) : (reasons[code] ?? code);
}
