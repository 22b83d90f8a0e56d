/**
 * The store over LevelDB. Every batch is synced, one is in flight at a time, and after a rejected one the database gets
 * nothing more until it was closed and opened again: LevelDB goes on acknowledging writes after a full disk that it drops
 * at its next open. LevelDB never syncs the name of a new log file, so the directory is synced whenever one appears,
 * before the batch in it counts as durable.
 */
import { assert } from '../../base/assert.ts';
import { limits } from '../../base/limits.ts';
import type { StoredRecord, Write } from '../../commit/commit.ts';
import { cleanStopKey, encodeCleanStop } from '../../records/clean-stop-record.ts';
import { decodeGeneration, generationKey } from '../../records/generation-record.ts';
import { decodeLastBatch, encodeLastBatch, lastBatchKey } from '../../records/last-batch-record.ts';
import { syncDirectory } from './file-durability.ts';
import { writeGenerationFile } from './generation-file.ts';
import { type Database, type OpenDatabase, openLevelDatabase } from './level-database.ts';
import { LogDirectory } from './log-directory.ts';
import { openStore, type StorePaths, storePaths } from './opening.ts';
import { quarantine } from './quarantine.ts';
import { type Opened, type Store, StoreError, type StoreStatistics } from './store.ts';
import { damagedError, openError, storeError } from './store-failure.ts';

export interface LevelStoreOptions {
  /** The state directory; made when it is missing. */
  readonly directory: string;
  /** LevelDB unless a test puts something in between. */
  readonly openDatabase?: OpenDatabase;
}

type State = 'new' | 'open' | 'rejected' | 'closed';

export class LevelStore implements Store {
  private readonly paths: StorePaths;
  private readonly openDatabase: OpenDatabase;
  private state: State = 'new';
  private database: Database | undefined;
  private lastInTurn: Promise<unknown> = Promise.resolve();
  private readonly logs: LogDirectory;
  private generation = 0;
  /** The generation of this start, which names its batches: tried and acknowledged. */
  private start = 0;
  private batchTried = 0;
  private batchAcknowledged = 0;
  private readonly counted = { commits: 0, writes: 0, bytes: 0, rejected: 0, recovered: 0 };

  constructor({ directory, openDatabase = openLevelDatabase }: LevelStoreOptions) {
    this.paths = storePaths(directory);
    this.openDatabase = openDatabase;
    this.logs = new LogDirectory(this.paths.database);
  }

  open(): Promise<Opened> {
    return this.inTurn(async () => {
      assert(this.state === 'new', 'a store is opened once');
      const { database, opened } = await openStore(this.paths, this.openDatabase);
      this.database = database;
      this.start = opened.generation;
      this.generation = opened.generation;
      this.state = 'open';
      return opened;
    });
  }

  async restore(take: (chunk: readonly StoredRecord[]) => void | Promise<void>): Promise<void> {
    // It waits its turn to begin but does not keep it, so that `take` may set records aside.
    await this.lastInTurn;
    for await (const chunk of this.records()) await take(chunk);
  }

  commit(writes: readonly Write[]): Promise<void> {
    for (const { key } of writes) assert(key === generationKey || !key.startsWith('m/'), 'm/ belongs to the store');
    return this.inTurn(() => this.write(writes));
  }

  recover(): Promise<void> {
    return this.inTurn(async () => {
      if (this.state === 'open') return;
      assert(this.state === 'rejected', 'an open store is recovered');
      try {
        await this.reopen();
      } catch (error) {
        throw storeError('The store is not whole yet', error);
      }
      this.state = 'open';
      this.counted.recovered++;
    });
  }

  setAside(record: StoredRecord, why: string): Promise<void> {
    return this.inTurn(async () => {
      try {
        await quarantine(this.paths.directory, { record, why, generation: this.generation });
      } catch (error) {
        throw storeError(`${record.key} could not be set aside`, error);
      }
      await this.write([{ key: record.key, value: undefined }]);
    });
  }

  statistics(): StoreStatistics {
    return { ...this.counted };
  }

  close(cleanWrites?: readonly Write[]): Promise<void> {
    return this.inTurn(async () => {
      try {
        if (cleanWrites !== undefined) await this.write(cleanWrites, true);
      } finally {
        this.state = 'closed';
        await this.database?.close();
        this.database = undefined;
      }
    });
  }

  /** One thing at a time, in the order of the calls; a failed one does not hinder the next. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.lastInTurn.then(work);
    this.lastInTurn = result.catch(() => {});
    return result;
  }

  private async write(writes: readonly Write[], isStop = false): Promise<void> {
    if (this.state === 'rejected') throw new StoreError('failed', 'The store takes nothing until it is recovered.');
    assert(this.state === 'open' && this.database !== undefined, 'the store is open');
    if (writes.length === 0 && !isStop) return;
    const raised = generationIn(writes);
    const last = raised ?? this.generation;
    assert(last >= this.generation, 'the generation never falls');
    try {
      if (raised !== undefined) await writeGenerationFile(this.paths.generation, raised);
      await this.database.writeDurably([...writes, ...this.ownWrites(isStop ? last : undefined)]);
      await this.logs.syncNew();
    } catch (error) {
      this.state = 'rejected';
      this.counted.rejected++;
      throw storeError('The store refused a batch', error);
    }
    this.generation = last;
    this.batchAcknowledged = this.batchTried;
    this.count(writes);
  }

  private ownWrites(cleanStop: number | undefined): Write[] {
    this.batchTried++;
    const number: Write = {
      key: lastBatchKey,
      value: encodeLastBatch({ start: this.start, batch: this.batchTried }),
    };
    return cleanStop === undefined ? [number] : [number, { key: cleanStopKey, value: encodeCleanStop(cleanStop) }];
  }

  private count(writes: readonly Write[]): void {
    this.counted.commits++;
    this.counted.writes += writes.length;
    for (const { key, value } of writes) this.counted.bytes += key.length + (value?.length ?? 0);
  }

  private async reopen(): Promise<void> {
    const old = this.database;
    this.database = undefined;
    await old?.close().catch(() => {});
    try {
      this.database = await this.openDatabase(this.paths.database, false);
    } catch (error) {
      throw openError(this.paths.database, error);
    }
    await syncDirectory(this.paths.database);
    await this.checkLastBatch(this.database);
  }

  private async checkLastBatch(database: Database): Promise<void> {
    const [value] = await database.read([lastBatchKey]);
    const last = value && decodeLastBatch(value);
    if (last === undefined || last.start !== this.start || last.batch < this.batchAcknowledged) {
      throw new StoreError('failed', 'The reopened store lacks its last acknowledged batch.');
    }
  }

  private async *records(): AsyncIterable<StoredRecord[]> {
    assert(this.state === 'open' && this.database !== undefined, 'the store is open');
    const chunks = this.database.chunks(limits.restoreChunkRecords)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await chunks
          .next()
          .catch((error: unknown) => Promise.reject(damagedError(this.paths.database, error)));
        if (next.done) return;
        const chunk = next.value.filter(({ key }) => !key.startsWith('m/'));
        if (chunk.length > 0) yield chunk;
      }
    } finally {
      await chunks.return?.();
    }
  }
}

function generationIn(writes: readonly Write[]): number | undefined {
  const write = writes.findLast(({ key }) => key === generationKey);
  if (write === undefined) return undefined;
  const generation = write.value && decodeGeneration(write.value);
  assert(generation !== undefined, 'a generation is written whole');
  return generation;
}
