/**
 * The key under which secrets are kept: a systemd credential, else a file of ours in the state directory, made on the first start.
 * It is made at no other time: with a store that holds sealed records, a fresh key would only turn them into damage.
 *
 * Owns: `master.key` (32 bytes, mode 0600) and `master.check`, which tells a wrong key from the right one and nothing else about it.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { lstatSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurably } from './durable-file.ts';
import { masterKeyBytes } from './host-crypto.ts';
import { errorCode, StartError } from './start-error.ts';

const credentialName = 'holdfast-master-key';

export interface MasterKeyOptions {
  readonly stateDirectory: string;
  /** `$CREDENTIALS_DIRECTORY`, which systemd sets for a unit with credentials. */
  readonly credentialsDirectory: string | undefined;
  /** Whether the store may hold sealed records: false on the very first start. */
  readonly initialised: boolean;
}

/** The master key. Throws a StartError (35) when it is missing, readable by others, of a wrong length, or another one than before. */
export function loadMasterKey(o: MasterKeyOptions): Uint8Array {
  const key = fromCredential(o.credentialsDirectory) ?? fromFile(o);
  const checkPath = join(o.stateDirectory, 'master.check');
  const check = createHmac('sha256', key).update('holdfast master key').digest();
  const known = readIfThere(checkPath);
  if (known === undefined || (known.length === 0 && !o.initialised)) writeDurably(checkPath, check, 0o600, 'replace');
  else if (known.length !== check.length || !timingSafeEqual(known, check)) {
    throw wrongMasterKey(`If the store was made anew on purpose, remove ${checkPath}.`);
  }
  return key;
}

/** The key turned out to be the wrong one: it must not be known as the right one. */
export function forgetMasterKey(stateDirectory: string): void {
  rmSync(join(stateDirectory, 'master.check'), { force: true });
}

export function wrongMasterKey(hint: string): StartError {
  return new StartError(35, 'the master key is not the one that the stored secrets were sealed with.', hint);
}

function fromCredential(directory: string | undefined): Uint8Array | undefined {
  if (directory === undefined) return undefined;
  const path = join(directory, credentialName);
  const key = readIfThere(path);
  if (key === undefined) return undefined;
  return ofRightLength(key, path);
}

function fromFile({ stateDirectory, initialised }: MasterKeyOptions): Uint8Array {
  const path = join(stateDirectory, 'master.key');
  const key = readIfThere(path);
  if (key !== undefined && (key.length > 0 || initialised)) {
    refuseIfExposed(path);
    return ofRightLength(key, path);
  }
  if (initialised) {
    throw new StartError(
      35,
      `the master key ${path} is missing, and the stored secrets cannot be read without it.`,
      'Put it back from a backup; without it devices must be added again, to a new state directory.',
    );
  }
  // An empty file is what a power cut left of an earlier first start: nothing was sealed with it.
  const made = randomBytes(masterKeyBytes);
  try {
    writeDurably(path, made, 0o600, key === undefined ? 'new' : 'replace');
  } catch (error) {
    throw new StartError(34, `the master key ${path} cannot be made: ${errorCode(error) ?? String(error)}.`);
  }
  return made;
}

function refuseIfExposed(path: string): void {
  const found = lstatSync(path);
  if (!found.isFile()) throw new StartError(35, `the master key ${path} is not a plain file.`);
  if ((found.mode & 0o077) !== 0) {
    const mode = (found.mode & 0o777).toString(8).padStart(4, '0');
    throw new StartError(
      35,
      `the master key ${path} is open to others (mode ${mode}).`,
      `Close it:  chmod 600 ${path}`,
    );
  }
}

function ofRightLength(key: Uint8Array, path: string): Uint8Array {
  if (key.length === masterKeyBytes) return key;
  throw new StartError(35, `the master key ${path} has ${key.length} bytes; it must have ${masterKeyBytes}.`);
}

function readIfThere(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw new StartError(35, `the master key's file ${path} cannot be read: ${errorCode(error) ?? String(error)}.`);
  }
}
