/**
 * The store of LevelDB and a journal on one file system. What is done when, and what a failure means, is said by
 * `JournaledStore`; here it is carried out.
 */
import { assert } from '../../base/assert.ts';
import type { Monotonic } from '../../base/instants.ts';
import { limits } from '../../base/limits.ts';
import { bytesOfWrites, type CommitClass, type StoredRecord, type Write } from '../../commit/commit.ts';
import { frameBytes } from '../../commit/journal/frame.ts';
import { Journal } from '../../commit/journal/journal.ts';
import {
  type Failure,
  JournaledStore,
  type Lane,
  type Submitted,
  type Work,
} from '../../commit/journal/journaled-store.ts';
import { cleanStopKey, encodeCleanStop } from '../../records/clean-stop-record.ts';
import { decodeGeneration, generationKey } from '../../records/generation-record.ts';
import { isLiveConnection } from '../../records/live-connection.ts';
import { markSuspect } from './database-opening.ts';
import { type FreeBytes, FreeSpace, freeBytesOnDisk } from './free-space.ts';
import { writeGenerationFile } from './generation-file.ts';
import { type OpenRing, openRingFile, type Ring } from './journal-file.ts';
import { type OpenDatabase, openLevelDatabase } from './level-database.ts';
import { inChunks, mergedChunks } from './merged-chunks.ts';
import { type OpenedStore, openStore, type StorePaths, storePaths } from './opening.ts';
import { quarantine } from './quarantine.ts';
import { byDevice, deviceRanges, firstRanges, isWithin, type KeyRange, lastRanges } from './start-order.ts';
import {
  type Opened,
  type Store,
  type StoreError,
  type StoreHealth,
  StoreOpenError,
  type StoreStatistics,
  zeroStatistics,
} from './store.ts';
import { StoreDatabase } from './store-database.ts';
import { readError, storeError } from './store-failure.ts';

export interface LevelStoreOptions {
  /** The state directory; made when it is missing. */
  readonly directory: string;
  /** Names the board (see `StoreIdentity`); empty or left out when it has no name. */
  readonly board?: string;
  /** Whole frames of 4,096 bytes; `limits.journalBytes` when left out. */
  readonly journalBytes?: number;
  /** The size of the ballast; `limits.ballastBytes` when left out. */
  readonly ballastBytes?: number;
  /** Gets a sentence about what a reopened database lost; the notes of the first open are in what `open` resolves to. */
  readonly report?: (note: string) => void;
  /** LevelDB, a plain file and the disk's own word unless a test puts something in between. */
  readonly openDatabase?: OpenDatabase;
  readonly openRing?: OpenRing;
  readonly freeBytes?: FreeBytes;
  /** Milliseconds of a clock that does not jump: how long something is held back. */
  readonly monotonicMs?: () => number;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: StoreError) => void;
}

export class LevelStore implements Store {
  private readonly paths: StorePaths;
  private readonly options: Required<LevelStoreOptions>;
  private readonly space: FreeSpace;
  private readonly waiters = new Map<number, Waiter>();
  private readonly underWay = new Set<Promise<void>>();
  /** Who reads all records now. */
  private readers = 0;
  private readonly counted = { ...zeroStatistics };
  private engine: JournaledStore | undefined;
  private database: StoreDatabase | undefined;
  private ring: Ring | undefined;
  private state: 'new' | 'open' | 'closed' = 'new';
  private ids = 0;
  private lastGroup: Promise<void> = Promise.resolve();
  private generation = 0;

  constructor(options: LevelStoreOptions) {
    this.options = {
      board: '',
      journalBytes: limits.journalBytes,
      ballastBytes: limits.ballastBytes,
      freeBytes: freeBytesOnDisk,
      report: () => {},
      openDatabase: openLevelDatabase,
      openRing: openRingFile,
      monotonicMs: () => performance.now(),
      ...options,
    };
    this.paths = storePaths(options.directory);
    this.space = new FreeSpace({ ...this.options, ballast: this.paths.ballast });
  }

  get wantsSoon(): boolean {
    return this.engine?.wantsSoon === true;
  }

  async open(): Promise<Opened> {
    assert(this.state === 'new', 'a store is opened once');
    const { database, counts, ring, storeId, mark, opened } = await this.openWithRoom();
    const { space } = this;
    const { generation } = opened;
    const { openDatabase: open, report } = this.options;
    const path = this.paths.database;
    this.database = new StoreDatabase({ path, open, database, counts, start: generation, space, report });
    [this.ring, this.state, this.generation] = [ring, 'open', generation];
    const slots = this.options.journalBytes / frameBytes;
    const journal = new Journal({ slots, storeId, generation, mark });
    if (ring === undefined) journal.giveUp();
    this.engine = new JournaledStore(journal, generation);
    space.begin();
    return opened;
  }

  async restore(take: (chunk: readonly StoredRecord[]) => void | Promise<void>): Promise<readonly string[]> {
    const notes: string[] = [];
    try {
      for await (const chunk of this.records((found) => notes.push(...found))) await take(chunk);
      return notes;
    } catch (error) {
      if (error instanceof StoreOpenError && error.code === 'damaged') await markSuspect(this.paths, error);
      throw error;
    }
  }

  async export(take: (chunk: readonly StoredRecord[]) => void | Promise<void>): Promise<void> {
    const failure = this.opened.failure;
    if (failure !== undefined) throw this.errorOf(failure);
    for await (const chunk of this.records()) {
      const kept = chunk.filter(({ key }) => !isLiveConnection(key));
      if (kept.length > 0) await take(kept);
    }
  }

  commit(writes: readonly Write[], commitClass: CommitClass): Promise<void> {
    for (const { key } of writes) assert(key === generationKey || !key.startsWith('m/'), 'm/ belongs to the store');
    // One without writes is durable when those before it are.
    if (writes.length === 0 && commitClass === 'before-ack') return this.lastGroup;
    const submitted = this.submit({ class: commitClass, writes, generation: this.raisedBy(writes) });
    if (commitClass === 'before-ack') this.lastGroup = submitted;
    return submitted;
  }

  async recover(): Promise<void> {
    const failure = this.engine?.failure;
    if (failure === undefined) return;
    // A start still reads what reopening would close under it; it is tried again.
    if (this.readers > 0) throw this.errorOf(failure);
    await this.settled((id) => this.opened.recover(id));
    this.counted.recovered++;
  }

  async setAside(record: StoredRecord, why: string): Promise<void> {
    try {
      await quarantine(this.paths.directory, { record, why, generation: this.generation });
    } catch (error) {
      throw storeError(`${record.key} could not be set aside`, error);
    }
    await this.submit({ class: 'before-ack', writes: [{ key: record.key, value: undefined }] });
  }

  statistics(): StoreStatistics {
    return { ...this.counted };
  }

  health(): StoreHealth {
    return {
      database: this.engine?.failure?.kind ?? 'ok',
      journal: this.engine?.ringIsUsable === true ? 'ok' : 'failed',
      journalFill: this.engine?.fill ?? 0,
    };
  }

  async close(cleanWrites?: readonly Write[]): Promise<void> {
    if (this.state !== 'open') return;
    await this.idle();
    try {
      if (cleanWrites !== undefined) await this.writeLast(cleanWrites);
    } finally {
      this.state = 'closed';
      await this.idle();
      await this.closeRing();
      await this.space.settled();
      await this.database?.close();
      this.database = undefined;
    }
  }

  private async openWithRoom(): Promise<OpenedStore> {
    const { result: made, gaveRoom } = await this.space.withRoom(() => openStore(this.paths, this.options));
    if (!gaveRoom) return made;
    const note = `The disk is full: ${this.paths.ballast} was deleted to open the store. Free space there.`;
    return { ...made, opened: { ...made.opened, notes: [note, ...made.opened.notes] } };
  }

  private get opened(): JournaledStore {
    assert(this.state === 'open' && this.engine !== undefined, 'the store is open');
    return this.engine;
  }

  private writeLast(writes: readonly Write[]): Promise<void> {
    const generation = this.raisedBy(writes);
    const marker: Write = { key: cleanStopKey, value: encodeCleanStop(generation ?? this.generation) };
    return this.submit({ class: 'soon', writes: [...writes, marker], generation, isLast: true });
  }

  private raisedBy(writes: readonly Write[]): number | undefined {
    const write = writes.findLast(({ key }) => key === generationKey);
    if (write === undefined) return undefined;
    const generation = write.value && decodeGeneration(write.value);
    assert(generation !== undefined && generation >= this.generation, 'a generation is written whole, and never falls');
    return generation;
  }

  private async submit(batch: Omit<Submitted, 'id'>): Promise<void> {
    await this.settled((id) => this.opened.submit({ id, ...batch }));
    if (batch.generation !== undefined) this.generation = batch.generation;
    this.counted.commits++;
    this.counted.writes += batch.writes.length;
    this.counted.bytes += bytesOfWrites(batch.writes);
  }

  /** Resolves or rejects when what was handed in under the id has settled. */
  private settled(handIn: (id: number) => void): Promise<void> {
    const id = ++this.ids;
    return new Promise((resolve, reject) => {
      this.waiters.set(id, { resolve, reject });
      handIn(id);
      this.drive();
    });
  }

  /** Begins what can begin, and tells those whose batch has settled. */
  private drive(): void {
    const { engine } = this;
    if (engine === undefined || this.state !== 'open') return;
    const now = this.options.monotonicMs() as Monotonic;
    for (let work = engine.next(now); work !== undefined; work = engine.next(now)) this.begin(work);
    for (const { id, failure } of engine.takeSettled()) {
      const waiter = this.waiters.get(id);
      this.waiters.delete(id);
      if (failure === undefined) waiter?.resolve();
      else waiter?.reject(this.errorOf(failure));
      if (failure !== undefined) this.counted.rejected++;
    }
  }

  private begin(work: Work): void {
    const done = this.carryOut(work).then(
      (refusedIsThere) => this.ended(work.lane, undefined, refusedIsThere),
      (error: unknown) => this.ended(work.lane, { kind: storeError('', error).kind, cause: error }),
    );
    this.underWay.add(done);
    void done.finally(() => this.underWay.delete(done));
  }

  private ended(lane: Lane, failure?: Failure, refusedIsThere?: boolean): void {
    this.engine?.ended(lane, failure, refusedIsThere);
    this.drive();
  }

  /** Resolves, after a reopen, with whether the batch refused last is in the database. */
  private async carryOut(work: Work): Promise<boolean> {
    if (work.do === 'reopen') return this.reopened();
    if (work.do === 'frames') await this.writeFrames(work);
    else if (work.do === 'make-anew') await this.makeRingAnew();
    else await this.writeBatch(work);
    return false;
  }

  private async reopened(): Promise<boolean> {
    assert(this.database !== undefined, 'the store is open');
    return this.database.reopen();
  }

  private async writeFrames({ frames, generation }: Extract<Work, { do: 'frames' }>): Promise<void> {
    assert(this.ring !== undefined, 'a usable journal has a file');
    if (generation !== undefined) await writeGenerationFile(this.paths.generation, generation);
    try {
      await this.ring.writeDurably(frames);
    } catch (error) {
      // It is never written to again; open it would keep a failed file system from being unmounted and mended.
      await this.closeRing();
      throw error;
    }
    this.counted.journalGroups++;
    this.counted.journalBytes += frames.length * frameBytes;
  }

  private async makeRingAnew(): Promise<void> {
    await this.closeRing();
    this.ring = await this.options.openRing(this.paths.journal, this.options.journalBytes, true);
    this.counted.journalsMade++;
    this.counted.journalBytes += this.options.journalBytes;
  }

  private async closeRing(): Promise<void> {
    const { ring } = this;
    this.ring = undefined;
    await ring?.close().catch(() => {});
  }

  private async writeBatch({ handOver, generation }: Extract<Work, { do: 'batch' }>): Promise<void> {
    assert(this.database !== undefined, 'the store is open');
    if (generation !== undefined) await writeGenerationFile(this.paths.generation, generation);
    const bytes = await this.database.write(handOver);
    this.counted.databaseBatches++;
    this.counted.databaseBytes += bytes;
  }

  /**
   * A consistent copy in the order of a start: what the database holds with what the journal holds laid over it, as both are at
   * one moment. `found` gets sentences about what should have been there.
   */
  private async *records(found: (notes: readonly string[]) => void = () => {}): AsyncIterable<StoredRecord[]> {
    // No further turn between the last look and the snapshots that are read.
    while (this.underWay.size > 0) await Promise.all(this.underWay);
    assert(this.database !== undefined, 'the store is open');
    this.readers++;
    try {
      const ranges = [...firstRanges, ...deviceRanges, ...lastRanges];
      const { unapplied } = this.opened;
      const { streams, missing } = this.database.read(ranges);
      const merged = streams.map((stream, index) => mergedIn(ranges[index] as KeyRange, stream, unapplied));
      const last = firstRanges.length + deviceRanges.length;
      for (const stream of merged.slice(0, firstRanges.length)) {
        for await (const chunk of stream) {
          const kept = chunk.filter(({ key }) => !key.startsWith('m/'));
          if (kept.length > 0) yield kept;
        }
      }
      for await (const devices of byDevice(merged.slice(firstRanges.length, last)))
        yield* inChunks(devices, limits.restoreChunkRecords);
      for (const stream of merged.slice(last)) yield* stream;
      found(missing());
    } catch (error) {
      throw readError(this.paths.database, error);
    } finally {
      this.readers--;
    }
  }

  /** Resolves when nothing is under way. */
  private async idle(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  private errorOf({ cause }: Failure): StoreError {
    return storeError('The store refused a batch', cause);
  }
}

function mergedIn(
  range: KeyRange,
  stream: AsyncIterable<StoredRecord[]>,
  newer: readonly Write[],
): AsyncIterable<StoredRecord[]> {
  const within = newer.filter(({ key }) => isWithin(key, range));
  return mergedChunks(stream, within, limits.restoreChunkRecords);
}
