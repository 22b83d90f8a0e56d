/**
 * Opens the database of a store, whatever became of its files. Before the marker INITIALISED nothing was ever acknowledged out
 * of it, so one that does not open is put away and begun anew. With the marker it is damage: a copy of it is repaired; when that
 * fails too it is said, and never replaced by an empty one.
 */
import { existsSync } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { errorCode } from '../start-error.ts';
import { replaceFile, syncDirectory } from './file-durability.ts';
import type { Database, OpenDatabase } from './level-database.ts';
import { finishSalvage, salvageDatabase } from './salvage.ts';
import type { StoreOpenError } from './store.ts';
import { isDeviceFault, missingError, openError, readError, unrepairedError } from './store-failure.ts';

export interface DatabasePaths {
  readonly directory: string;
  readonly database: string;
  /** There when the database could not be read through although it opened. */
  readonly suspect: string;
}

export interface FoundDatabase {
  readonly database: Database;
  readonly notes: readonly string[];
}

/** Rejects with a `StoreOpenError`. */
export async function findDatabase(
  paths: DatabasePaths,
  openDatabase: OpenDatabase,
  initialised: boolean,
): Promise<FoundDatabase> {
  await finishSalvage(paths.database).catch((error: unknown) => {
    throw openError(paths.database, error);
  });
  if (initialised) await refuseMissing(paths.database);
  try {
    if (!initialised || !existsSync(paths.suspect)) {
      const database = initialised ? openedAtLast(paths.database, openDatabase) : openDatabase(paths.database, true);
      return { database: await database, notes: [] };
    }
  } catch (error) {
    const failure = openError(paths.database, error);
    if (failure.code !== 'damaged') throw failure;
    return initialised ? repaired(paths, openDatabase, error) : begunAnew(paths, openDatabase);
  }
  return repaired(paths, openDatabase, new Error('not all of its records could be read'));
}

/** There is nothing to repair a copy of. LevelDB would make the directory, and a backup that is then moved to its name would end up inside it. */
async function refuseMissing(database: string): Promise<void> {
  const error = await stat(database).catch((failure: unknown) => failure);
  if (errorCode(error) === 'ENOENT') throw missingError(database, error);
}

/** The database opened, but it cannot be read: the next open repairs a copy of it, and the error says so. Never rejects. */
export async function markSuspect({ suspect }: DatabasePaths, error: StoreOpenError): Promise<void> {
  try {
    await replaceFile(suspect, 'LevelDB could not read its files. The next start repairs a copy of them.\n');
    error.nextOpenRepairs = true;
  } catch {
    // The next start finds out for itself.
  }
}

/** A device that gives an error once may have been busy with itself; one that gives it twice is damaged there. */
async function openedAtLast(path: string, openDatabase: OpenDatabase): Promise<Database> {
  try {
    return await openDatabase(path, false);
  } catch (error) {
    if (!isDeviceFault(error)) throw error;
  }
  try {
    return await openDatabase(path, false);
  } catch (error) {
    throw readError(path, error);
  }
}

async function repaired(paths: DatabasePaths, openDatabase: OpenDatabase, damage: unknown): Promise<FoundDatabase> {
  try {
    await salvageDatabase(paths.database, openDatabase);
    await rm(paths.suspect, { force: true });
    await syncDirectory(paths.directory);
    return { database: await openDatabase(paths.database, false), notes: [] };
  } catch (error) {
    throw unrepairedError(paths.database, damage, error);
  }
}

async function begunAnew({ database: path }: DatabasePaths, openDatabase: OpenDatabase): Promise<FoundDatabase> {
  const aside = `${path}.cut-short`;
  try {
    await rm(aside, { recursive: true, force: true });
    await rename(path, aside);
    const database = await openDatabase(path, true);
    return { database, notes: [`The first start was cut short; it was begun anew. What it left is in ${aside}.`] };
  } catch (error) {
    throw openError(path, error);
  }
}
