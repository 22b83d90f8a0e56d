/**
 * The database as the store uses it, from one open to the next: its batches are numbered, so that a reopened one can be found
 * whole; they say what is done with the journal, and how many records there are; and the name of each new log file is durable
 * before the batch in it counts. LevelDB never syncs that name itself.
 */
import { assert } from '../../base/assert.ts';
import { limits } from '../../base/limits.ts';
import { bytesOfWrites, type StoredRecord } from '../../commit/commit.ts';
import type { HandOver } from '../../commit/journal/journal.ts';
import { encodeJournalMark, journalMarkKey } from '../../records/journal-mark-record.ts';
import { decodeLastBatch, encodeLastBatch, lastBatchKey } from '../../records/last-batch-record.ts';
import type { FreeSpace } from './free-space.ts';
import { droppingNotes } from './info-log.ts';
import { add, type KeyCounts } from './key-counts.ts';
import type { Database, OpenDatabase } from './level-database.ts';
import { LogDirectory } from './log-directory.ts';
import type { KeyRange } from './start-order.ts';
import { StoreError } from './store.ts';
import { openError } from './store-failure.ts';

export interface StoreDatabaseOptions {
  readonly path: string;
  readonly open: OpenDatabase;
  /** As the opening left it. */
  readonly database: Database;
  readonly counts: KeyCounts;
  /** The generation of this start, which names its batches. */
  readonly start: number;
  readonly space: FreeSpace;
  /** Gets a sentence about what LevelDB dropped in a reopen. */
  readonly report: (note: string) => void;
}

export class StoreDatabase {
  private readonly path: string;
  private readonly open: OpenDatabase;
  private readonly start: number;
  private readonly counts: KeyCounts;
  private readonly space: FreeSpace;
  private readonly report: (note: string) => void;
  private readonly logs: LogDirectory;
  private current: Database | undefined;
  /** No batch was handed to it and rejected. */
  private isWhole = true;
  private batchTried = 0;
  private batchAcknowledged = 0;

  constructor({ path, open, database, counts, start, space, report }: StoreDatabaseOptions) {
    [this.path, this.open, this.current, this.counts, this.start] = [path, open, database, counts, start];
    [this.space, this.report] = [space, report];
    this.logs = new LogDirectory(path);
  }

  /** One batch, durable when it resolves. Returns the bytes of its keys and values. */
  async write({ writes: handedOver, mark }: HandOver): Promise<number> {
    const database = this.opened;
    await this.space.check();
    this.isWhole = false;
    this.batchTried++;
    const number = this.batchTried;
    const own = [
      { key: lastBatchKey, value: encodeLastBatch({ start: this.start, batch: number }) },
      { key: journalMarkKey, value: encodeJournalMark(mark) },
    ];
    const { writes, done } = await this.counts.with([...handedOver, ...own], database);
    await database.writeDurably(writes);
    await this.logs.syncNew();
    done();
    this.batchAcknowledged = number;
    this.isWhole = true;
    return bytesOfWrites(writes);
  }

  /**
   * After a rejected batch: a new handle, in which everything that was acknowledged is found. A batch that was refused for want
   * of room was never handed to LevelDB: then the handle is as good as before. Resolves with whether the batch refused last is
   * in the database.
   */
  async reopen(): Promise<boolean> {
    if (this.isWhole) return false;
    const old = this.current;
    this.current = undefined;
    await old?.close().catch(() => {});
    const database = await this.openWithRoom();
    this.current = database;
    for (const note of await droppingNotes(this.path)) this.report(note);
    const refusedIsThere = await this.checkLastBatch(database);
    await this.counts.readBack(database);
    this.isWhole = true;
    return refusedIsThere;
  }

  /**
   * The records of each of these ranges in key order, all as they are now. When they are all records and have all been read,
   * `missing` tells in sentences which ones should have been there.
   */
  read(ranges: readonly KeyRange[]): {
    readonly streams: readonly AsyncIterable<StoredRecord[]>[];
    readonly missing: () => readonly string[];
  } {
    const database = this.opened;
    const expected = this.counts.expected();
    const counts = new Map<string, number>();
    const streams = ranges.map((range) => counted(database.chunks(limits.restoreChunkRecords, range), counts));
    return { streams, missing: () => this.counts.compare(expected, counts) };
  }

  async close(): Promise<void> {
    await this.current?.close();
    this.current = undefined;
  }

  private async openWithRoom(): Promise<Database> {
    try {
      return (await this.space.withRoom(() => this.open(this.path, false))).result;
    } catch (error) {
      throw error instanceof StoreError ? error : openError(this.path, error);
    }
  }

  private get opened(): Database {
    assert(this.current !== undefined, 'a database that works is open');
    return this.current;
  }

  private async checkLastBatch(database: Database): Promise<boolean> {
    const [value] = await database.read([lastBatchKey]);
    const last = value && decodeLastBatch(value);
    if (last === undefined || last.start !== this.start || last.batch < this.batchAcknowledged) {
      throw new StoreError('failed', 'The reopened store lacks its last acknowledged batch.');
    }
    const refusedIsThere = last.batch > this.batchAcknowledged;
    this.batchAcknowledged = last.batch;
    return refusedIsThere;
  }
}

async function* counted(
  chunks: AsyncIterable<StoredRecord[]>,
  counts: Map<string, number>,
): AsyncIterable<StoredRecord[]> {
  for await (const chunk of chunks) {
    for (const { key } of chunk) add(counts, key);
    yield chunk;
  }
}
