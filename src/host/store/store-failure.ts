/** What an error of LevelDB or of the file system means for the store, and the sentence for the operator. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorCode } from '../start-error.ts';
import { StoreError, type StoreErrorKind, StoreOpenError } from './store.ts';

const full = /ENOSPC|EDQUOT|No space left on device|Disk quota exceeded/;
/** An empty store never takes its place by itself. */
const readOnly = /EROFS|Read-only file system/;
const unusable = /EACCES|EPERM|ENOTDIR|EMFILE|ENFILE|EIO|Permission denied|Not a directory|Too many open|Input\/output/;

/** A rejected batch, or a recovery that is not possible yet. */
export function storeError(doing: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  return new StoreError(failureKind(error), `${doing}: ${causes(error).at(-1)}`, error);
}

/** A failed open of the database in `directory`. */
export function openError(directory: string, error: unknown): StoreOpenError {
  if (error instanceof StoreOpenError) return error;
  if (codes(error).includes('LEVEL_LOCKED')) {
    const sentence = `the store in ${directory} is held by another process. Stop that gateway first.`;
    return new StoreOpenError('locked', sentence, error);
  }
  return failureKind(error) !== 'failed' || unusable.test(causes(error).join(' '))
    ? unusableError(directory, error)
    : damagedError(directory, error);
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
  const missing = missingFile(directory);
  const what = missing === undefined ? causes(error).at(-1) : `its file ${missing} is missing, although it was in use`;
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
  const said = [...codes(error), ...causes(error)].join(' ');
  if (full.test(said)) return 'full';
  return readOnly.test(said) ? 'readonly' : 'failed';
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
