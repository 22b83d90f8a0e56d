/** What an error of LevelDB or of the file system means for the store, and the sentence for the operator. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorCode } from '../start-error.ts';
import { StoreError, type StoreErrorKind, StoreOpenError } from './store.ts';

const full = /ENOSPC|EDQUOT|No space left on device|Disk quota exceeded/;
const readOnly = /EROFS|Read-only file system/;
const faulty = /\bEIO\b|Input\/output error/;
const missing = /\bENOENT\b|No such file or directory/;
/** LevelDB's words on the contents of its files. No CURRENT is an invalid argument to it, and so is a place behind a file's end. */
const corrupt = /LEVEL_CORRUPTION|Corruption: |Invalid argument/;

/** A rejected batch, or a recovery that is not possible yet. */
export function storeError(doing: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  return new StoreError(failureKind(error), `${doing}: ${causes(error).at(-1)}`, error);
}

/**
 * A failed open of the database in `directory`. Only what LevelDB says of the contents of its files, or the lack of one, is
 * damage: whatever else the system refuses may work again at the next start, and a sound database is not to be repaired for it.
 */
export function openError(directory: string, error: unknown): StoreOpenError {
  if (error instanceof StoreOpenError) return error;
  if (codes(error).includes('LEVEL_LOCKED')) {
    const sentence = `the store in ${directory} is held by another process. Stop that gateway first.`;
    return new StoreOpenError('locked', sentence, error);
  }
  const isDamage = failureKind(error) === 'failed' && (missing.test(said(error)) || corrupt.test(said(error)));
  return isDamage ? damagedError(directory, error) : unusableError(directory, error);
}

/** Records of an open database could not be read: where the device itself gives them no more, that is damage as well. */
export function readError(directory: string, error: unknown): StoreOpenError {
  return isDeviceFault(error) ? damagedError(directory, error) : openError(directory, error);
}

/** The device gave an error (EIO), not the file system. */
export function isDeviceFault(error: unknown): boolean {
  return !(error instanceof StoreOpenError) && failureKind(error) === 'failed' && faulty.test(said(error));
}

/** The state directory does not let the store work in it. */
export function unusableError(directory: string, error: unknown): StoreOpenError {
  const what = {
    full: 'the disk is full',
    readonly: 'the file system is read-only',
    failed: causes(error).at(-1) ?? '',
    superseded: '',
  };
  const kind = failureKind(error);
  const sentence = `the store directory ${directory} cannot be used: ${what[kind]}.`;
  const advice = kind === 'full' ? 'Free space there, or choose another:  --state DIR' : 'Choose another:  --state DIR';
  return new StoreOpenError('unusable', sentence, error, advice);
}

export function damagedError(directory: string, error: unknown): StoreOpenError {
  const lacking = missingFile(directory);
  const what = lacking === undefined ? causes(error).at(-1) : `its file ${lacking} is missing, although it was in use`;
  const sentence = `the store in ${directory} is damaged beyond repair: ${what}.`;
  return new StoreOpenError('damaged', sentence, error, `Restore a backup, or ${anew(directory)}`);
}

/** Nothing is there, although something was: not even a copy could be repaired. */
export function missingError(directory: string, error: unknown): StoreOpenError {
  const sentence = `the database ${directory} is missing as a whole, although it was in use.`;
  return new StoreOpenError(
    'damaged',
    sentence,
    error,
    `Put it back, or restore a backup there, or ${anew(directory)}`,
  );
}

function anew(database: string): string {
  return `move ${dirname(database)} away: every device then registers anew.`;
}

/** The database is damaged, and no copy of it could be repaired; `failed` says why, `damage` what was found first. */
export function unrepairedError(directory: string, damage: unknown, failed: unknown): StoreOpenError {
  const why = openError(directory, failed);
  return why.code === 'damaged' ? damagedError(directory, damage) : why;
}

/** There was no room, whoever said so. */
export function isDiskFull(error: unknown): boolean {
  return failureKind(error) === 'full';
}

function failureKind(error: unknown): StoreErrorKind {
  if (full.test(said(error))) return 'full';
  return readOnly.test(said(error)) ? 'readonly' : 'failed';
}

function said(error: unknown): string {
  return [...codes(error), ...causes(error)].join(' ');
}

/** The name of the file without which LevelDB cannot find its data, if it is that. */
function missingFile(directory: string): string | undefined {
  const current = join(directory, 'CURRENT');
  if (!existsSync(current)) return 'CURRENT';
  const manifest = readFileSync(current, 'latin1').trim();
  return /^MANIFEST-\d+$/.test(manifest) && !existsSync(join(directory, manifest)) ? manifest : undefined;
}

function* chain(error: unknown): Iterable<Error> {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) yield at;
}

function causes(error: unknown): string[] {
  return error instanceof Error ? Array.from(chain(error), ({ message }) => message.trim()) : [String(error)];
}

function codes(error: unknown): string[] {
  return Array.from(chain(error), (each) => errorCode(each) ?? '');
}
