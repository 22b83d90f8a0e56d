/**
 * How a store is opened, in the order that makes a cut at any moment harmless:
 *
 *   directory ─► database ─► its names synced ─► generation chosen ─► file ─► record ─► (first time) marker INITIALISED
 *
 * Before the marker nothing was ever acknowledged out of this store, so a database that does not open is put away and
 * begun anew. With the marker a database that does not open is damage: said, never replaced by an empty one.
 */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Write } from '../../commit/commit.ts';
import { cleanStopKey, decodeCleanStop } from '../../records/clean-stop-record.ts';
import { decodeGeneration, encodeGeneration, generationKey } from '../../records/generation-record.ts';
import { encodeLastBatch, lastBatchKey } from '../../records/last-batch-record.ts';
import { currentSchema, decodeSchema, encodeSchema, schemaKey } from '../../records/schema-record.ts';
import { replaceFile, syncDirectory } from './file-durability.ts';
import { type GenerationFileState, readGenerationFile, writeGenerationFile } from './generation-file.ts';
import { droppingNotes } from './info-log.ts';
import type { Database, OpenDatabase } from './level-database.ts';
import { type GenerationPlace, nextGeneration } from './next-generation.ts';
import { type Opened, StoreOpenError } from './store.ts';
import { openError, unusableError } from './store-failure.ts';

/** The files of a store below its directory. */
export interface StorePaths {
  readonly directory: string;
  readonly database: string;
  readonly generation: string;
  readonly marker: string;
}

export function storePaths(directory: string): StorePaths {
  return {
    directory: resolve(directory),
    database: join(directory, 'leveldb'),
    generation: join(directory, 'generation'),
    marker: join(directory, 'INITIALISED'),
  };
}

interface StoredState {
  readonly record: GenerationPlace;
  readonly cleanStop: number | undefined;
}

/** Opens the store and raises its generation. Rejects with a `StoreOpenError`, and then holds nothing open. */
export async function openStore(
  paths: StorePaths,
  openDatabase: OpenDatabase,
): Promise<{ database: Database; opened: Opened }> {
  await prepareDirectory(paths);
  const initialised = existsSync(paths.marker);
  const { database, notes } = await openOrBegin(paths, openDatabase, initialised);
  try {
    const opened = await raiseGeneration(paths, database, initialised);
    return { database, opened: { ...opened, notes: [...notes, ...opened.notes] } };
  } catch (error) {
    await database.close().catch(() => {});
    throw openError(paths.database, error);
  }
}

async function prepareDirectory({ directory }: StorePaths): Promise<void> {
  try {
    const firstMade = await mkdir(directory, { recursive: true, mode: 0o700 });
    // Only the parents of new directories: others may not be readable to us, and have nothing to sync.
    for (let made = directory; firstMade !== undefined && made.length >= firstMade.length; made = dirname(made)) {
      await syncDirectory(dirname(made));
    }
  } catch (error) {
    throw unusableError(directory, error);
  }
}

async function openOrBegin(
  paths: StorePaths,
  openDatabase: OpenDatabase,
  initialised: boolean,
): Promise<{ database: Database; notes: string[] }> {
  try {
    return { database: await openDatabase(paths.database, !initialised), notes: [] };
  } catch (error) {
    const failure = openError(paths.database, error);
    if (initialised || failure.code !== 'damaged') throw failure;
  }
  const aside = `${paths.database}.cut-short`;
  try {
    await rm(aside, { recursive: true, force: true });
    await rename(paths.database, aside);
    const database = await openDatabase(paths.database, true);
    return { database, notes: [`The first start was cut short; it was begun anew. What it left is in ${aside}.`] };
  } catch (error) {
    throw openError(paths.database, error);
  }
}

async function raiseGeneration(paths: StorePaths, database: Database, initialised: boolean): Promise<Opened> {
  await syncDirectory(paths.database);
  await syncDirectory(paths.directory);
  const { record, cleanStop } = await storedState(database);
  const file = await readGenerationFile(paths.generation);
  const choice = nextGeneration({ record, file: file.place, initialised });
  if ('damaged' in choice) throw new StoreOpenError('damaged', choice.damaged);
  const { generation, largest } = choice;
  await writeGenerationFile(paths.generation, generation);
  await database.writeDurably(openingWrites(generation));
  if (!initialised) await replaceFile(paths.marker, markerText);
  const lastStop = cleanStop === largest && record === largest ? 'clean' : 'unclean';
  const notes = [...choice.notes, ...slotNotes(file), ...(await droppingNotes(paths.database))];
  return { generation, lastStop: initialised ? lastStop : 'first', notes };
}

async function storedState(database: Database): Promise<StoredState> {
  const [generation, clean, schema] = await database.read([generationKey, cleanStopKey, schemaKey]);
  const minReader = schema === undefined ? 0 : (decodeSchema(schema)?.minReader ?? 0);
  if (minReader > currentSchema.schema) {
    const sentence = `the store was written by a newer Holdfast (schema ${minReader}); this one reads up to ${currentSchema.schema}.`;
    throw new StoreOpenError('newer', `${sentence} Start the newer version, or restore a backup made before it.`);
  }
  return {
    record: generation === undefined ? 'absent' : (decodeGeneration(generation) ?? 'unreadable'),
    cleanStop: clean && decodeCleanStop(clean),
  };
}

/** The clean marker counts once: it goes in the batch that raises the generation. */
function openingWrites(generation: number): Write[] {
  return [
    { key: schemaKey, value: encodeSchema(currentSchema) },
    { key: generationKey, value: encodeGeneration(generation) },
    { key: cleanStopKey, value: undefined },
    { key: lastBatchKey, value: encodeLastBatch({ start: generation, batch: 0 }) },
  ];
}

function slotNotes({ place, damagedSlots }: GenerationFileState): string[] {
  const oneDamaged = typeof place === 'number' && damagedSlots > 0;
  return oneDamaged ? ['One of the two slots of the generation file was damaged; it is written anew.'] : [];
}

const markerText =
  'This directory holds a Holdfast store in use. While this file is here, a database that cannot be opened is reported\n' +
  'as damage; it is never replaced by an empty one. To start anew, move the whole directory away.\n';
