/**
 * How a store is opened, in the order that makes a cut at any moment harmless:
 *
 *   directory ─► database ─► its names synced ─► (steps from an older schema) ─► journal read ─► generation chosen ─►
 *   generation file ─► one batch: what the journal holds, generation, mark ─► (journal made, if there is none that fits) ─►
 *   (first time) marker INITIALISED
 *
 * So a start is the database plus the tail of the journal, which is free again afterwards. What becomes of a database that does
 * not open is in `database-opening.ts`.
 */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { newestOf, type Write } from '../../commit/commit.ts';
import { frameBytes } from '../../commit/journal/frame.ts';
import type { JournalMark } from '../../commit/journal/mark.ts';
import { storeIdInRing } from '../../commit/journal/scan.ts';
import { cleanStopKey } from '../../records/clean-stop-record.ts';
import { encodeGeneration, generationKey } from '../../records/generation-record.ts';
import { encodeJournalMark, journalMarkKey } from '../../records/journal-mark-record.ts';
import { encodeLastBatch, lastBatchKey } from '../../records/last-batch-record.ts';
import { salvageKey } from '../../records/salvage-record.ts';
import { currentSchema, encodeSchema, schemaKey } from '../../records/schema-record.ts';
import { encodeStoreIdentity, type StoreIdentity, storeIdentityKey } from '../../records/store-identity-record.ts';
import { findDatabase, markSuspect } from './database-opening.ts';
import { dropConnections } from './dropped-connections.ts';
import { replaceFile, syncDirectory } from './file-durability.ts';
import { type GenerationFileState, readGenerationFile, writeGenerationFile } from './generation-file.ts';
import { droppingNotes } from './info-log.ts';
import { type OpenRing, type Ring, readRing } from './journal-file.ts';
import { type JournalTail, journalTail } from './journal-tail.ts';
import { KeyCounts } from './key-counts.ts';
import { leftoverNotes } from './leftovers.ts';
import type { Database, OpenDatabase } from './level-database.ts';
import { journalSchema, migrate } from './migrations.ts';
import { lastStopOf, nextGeneration, recordPlace } from './next-generation.ts';
import { keepRing } from './quarantine.ts';
import { type Opened, StoreOpenError } from './store.ts';
import { openError, readError, unusableError } from './store-failure.ts';
import { readStoredState, type StoredState } from './stored-state.ts';

/** The files of a store below its directory. */
export interface StorePaths {
  readonly directory: string;
  readonly database: string;
  readonly generation: string;
  readonly journal: string;
  readonly marker: string;
  /** There when the database could not be read through although it opened. */
  readonly suspect: string;
  /** Takes up room that a reopening may need. */
  readonly ballast: string;
}

export function storePaths(directory: string): StorePaths {
  return {
    directory: resolve(directory),
    database: join(directory, 'leveldb'),
    generation: join(directory, 'generation'),
    journal: join(directory, 'journal'),
    marker: join(directory, 'INITIALISED'),
    suspect: join(directory, 'leveldb.suspect'),
    ballast: join(directory, 'ballast'),
  };
}

export interface OpeningOptions {
  readonly board: string;
  readonly journalBytes: number;
  readonly openDatabase: OpenDatabase;
  readonly openRing: OpenRing;
}

export interface OpenedStore {
  readonly database: Database;
  readonly counts: KeyCounts;
  /** Undefined when there is no journal and none could be made: the database takes everything until one can. */
  readonly ring: Ring | undefined;
  readonly storeId: Uint8Array;
  readonly mark: JournalMark;
  readonly opened: Opened;
}

/** Opens the store and raises its generation. Rejects with a `StoreOpenError`, and then holds nothing open. */
export async function openStore(paths: StorePaths, options: OpeningOptions): Promise<OpenedStore> {
  await prepareDirectory(paths);
  const initialised = existsSync(paths.marker);
  const { database, notes } = await findDatabase(paths, options.openDatabase, initialised);
  try {
    const made = await complete(paths, options, database, initialised);
    return { ...made, opened: { ...made.opened, notes: [...notes, ...made.opened.notes] } };
  } catch (error) {
    await database.close().catch(() => {});
    return refused(paths, error, openError(paths.database, error));
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

async function complete(
  paths: StorePaths,
  { board, journalBytes, openRing }: OpeningOptions,
  database: Database,
  initialised: boolean,
): Promise<OpenedStore> {
  await syncDirectory(paths.directory);
  const { stored, tail } = await takeStock(paths, journalBytes, database, initialised);
  const { generation, lastStop, notes } = await raiseGeneration(paths, stored, tail, initialised);
  const leftovers = await leftoverNotes(paths.database, stored.salvaged);
  const dropped = await readingIn(paths, () => dropConnections(stored, tail.isInDoubt, board, database));
  const own = ownWrites(generation, dropped.identity, tail.mark);
  const counts = initialised ? new KeyCounts(stored.counts, true) : new KeyCounts(new Map(), false);
  const all = newestOf([...tail.writes.filter(dropped.keeps), ...dropped.removals, ...own]);
  const batch = await counts.with(all, database);
  await database.writeDurably(batch.writes);
  batch.done();
  const ringNotes = initialised ? [...tail.notes, ...(await keptNotes(paths, generation, tail))] : [];
  const { ring, note } = await ringOf(paths.journal, journalBytes, openRing, tail.isUsable);
  if (!initialised) await replaceFile(paths.marker, markerText);
  const dropping = await droppingNotes(paths.database);
  const opened = {
    generation,
    lastStop,
    notes: [...storedNotes(stored), ...notes, ...dropped.notes, ...ringNotes, ...note, ...dropping, ...leftovers],
  };
  return { database, counts, ring, storeId: dropped.identity.id, mark: tail.mark, opened };
}

interface Stock {
  readonly stored: StoredState;
  readonly tail: JournalTail;
}

/** What the database and the journal hold. A journal that may be readable at another time refuses the start. */
async function takeStock(
  paths: StorePaths,
  journalBytes: number,
  database: Database,
  initialised: boolean,
): Promise<Stock> {
  const found = await readRing(paths.journal, journalBytes).catch((error: unknown) => {
    throw unusableError(paths.journal, error);
  });
  return readingIn(paths, async () => {
    const schema = initialised ? await migrate(database) : 0;
    const stored = await readStoredState(database, () => storeIdInRing(found.ring), initialised);
    const slots = journalBytes / frameBytes;
    return { stored, tail: journalTail(paths.journal, found, stored, { slots, isExpected: schema >= journalSchema }) };
  });
}

/** Does what reads the database; where it cannot be read, the next open repairs a copy of it. */
async function readingIn<T>(paths: StorePaths, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    return refused(paths, error, readError(paths.database, error));
  }
}

/** Rejects with `failure`, which says what `error` means: of damage that is met for the first time the next open repairs a copy. */
async function refused(paths: StorePaths, error: unknown, failure: StoreOpenError): Promise<never> {
  if (failure !== error && failure.code === 'damaged') await markSuspect(paths, failure);
  throw failure;
}

/** Chooses the generation of this start, and makes it durable in its file. */
async function raiseGeneration(
  paths: StorePaths,
  stored: StoredState,
  tail: JournalTail,
  initialised: boolean,
): Promise<Opened> {
  const file = await readGenerationFile(paths.generation);
  const record = recordPlace(stored.record, tail.generation);
  const choice = nextGeneration({ record, file: file.place, initialised, salvaged: stored.salvaged !== undefined });
  if ('damaged' in choice) throw new StoreOpenError('damaged', choice.damaged);
  const { generation, largest, notes } = choice;
  await writeGenerationFile(paths.generation, generation);
  const lastStop = lastStopOf(stored.cleanStop, { record, largest, initialised });
  return { generation, lastStop, notes: [...notes, ...slotNotes(file)] };
}

/** The clean marker counts once: it goes in the batch that raises the generation. */
function ownWrites(generation: number, identity: StoreIdentity, mark: JournalMark): Write[] {
  return [
    { key: schemaKey, value: encodeSchema(currentSchema) },
    { key: generationKey, value: encodeGeneration(generation) },
    { key: cleanStopKey, value: undefined },
    { key: salvageKey, value: undefined },
    { key: lastBatchKey, value: encodeLastBatch({ start: generation, batch: 0 }) },
    { key: storeIdentityKey, value: encodeStoreIdentity(identity) },
    { key: journalMarkKey, value: encodeJournalMark(mark) },
  ];
}

/** A journal that cannot be made is no reason not to start: the database alone keeps every promise, at a higher price. */
async function ringOf(
  path: string,
  journalBytes: number,
  openRing: OpenRing,
  isUsable: boolean,
): Promise<{ ring: Ring | undefined; note: string[] }> {
  try {
    return { ring: await openRing(path, journalBytes, !isUsable), note: [] };
  } catch (error) {
    const why = unusableError(path, error).message;
    return { ring: undefined, note: [`There is no journal, and more is written than need be: ${why}`] };
  }
}

async function keptNotes({ directory }: StorePaths, generation: number, tail: JournalTail): Promise<string[]> {
  if (tail.damagedRing === undefined || tail.damagedRing.length === 0) return [];
  try {
    return [`The journal as it was is kept in ${await keepRing(directory, generation, tail.damagedRing)}.`];
  } catch {
    return ['The damaged journal could not be kept.'];
  }
}

function storedNotes({ salvaged, isNameLost }: StoredState): string[] {
  const lost = isNameLost ? ['The record that names the store was lost; the journal had the name too.'] : [];
  if (salvaged === undefined) return lost;
  const goesOn = 'The database was damaged; a copy of it was repaired, and the gateway goes on with that.';
  const kept = `The files as they were are in ${salvaged}; when nothing is missed, remove them.`;
  return [`${goesOn} Each device does one new handshake. ${kept}`, ...lost];
}

function slotNotes({ place, damagedSlots }: GenerationFileState): string[] {
  const oneDamaged = typeof place === 'number' && damagedSlots > 0;
  return oneDamaged ? ['One of the two slots of the generation file was damaged; it is written anew.'] : [];
}

const markerText =
  'This directory holds a Holdfast store in use. While this file is here, a database that cannot be opened is damage;\n' +
  'it is never replaced by an empty one. To start anew, move the whole directory away.\n';
