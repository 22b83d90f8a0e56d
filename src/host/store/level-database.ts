/**
 * The one door to LevelDB, and the one module in which `sync` stands: no other way to write exists. A database object lives
 * from one open to its close; a reopen makes a new one. Options and their reasons: two write buffers and the cache bound
 * the memory (about 25 MB), 8 MB buffers cost a third less compaction than the default, larger files and blocks a little
 * less again.
 */
import { Level } from 'level';
import type { StoredRecord, Write } from '../../commit/commit.ts';
import { errorCode } from '../start-error.ts';
import { holdNames, releaseNames } from './held-names.ts';
import { mendManifest } from './manifest-tail.ts';
import type { KeyRange } from './start-order.ts';

/** What the store needs of a database; tests put faults in between. */
export interface Database {
  read(keys: readonly string[]): Promise<(Uint8Array | undefined)[]>;
  /** Which of the keys are there. */
  has(keys: readonly string[]): Promise<readonly boolean[]>;
  /** One atomic batch, on the device when it resolves. */
  writeDurably(writes: readonly Write[]): Promise<void>;
  /** All records of a range of keys, or of all, as they are now, in key order; at most `chunkRecords` at a time. */
  chunks(chunkRecords: number, range?: KeyRange): AsyncIterable<StoredRecord[]>;
  close(): Promise<void>;
}

/** Opens the database in a directory. Rejects with LevelDB's error. */
export type OpenDatabase = (directory: string, createIfMissing: boolean) => Promise<Database>;

const mebibyte = 1_048_576;
const highWaterMarkBytes = mebibyte / 2;

const options = {
  keyEncoding: 'utf8',
  valueEncoding: 'view',
  writeBufferSize: 8 * mebibyte,
  maxFileSize: 8 * mebibyte,
  blockSize: 16_384,
  cacheSize: 4 * mebibyte,
  compression: true,
} as const;

export const openLevelDatabase: OpenDatabase = async (directory, createIfMissing) => {
  await holdNames(directory);
  const level = await opened(directory, createIfMissing);
  try {
    await releaseNames(directory);
  } catch (error) {
    await level.close().catch(() => {});
    throw error;
  }
  return new LevelDatabase(level);
};

/**
 * Makes what can be read of the files in a directory a database again. It throws away what it cannot read, may bring back older
 * values and removed records, and needs no file in particular. Rejects with LevelDB's error.
 */
export function repairLevelDatabase(directory: string): Promise<void> {
  // The types of `level` are those of every platform, and the browser has no repair.
  return (Level as unknown as { repair(location: string): Promise<void> }).repair(directory);
}

async function opened(directory: string, createIfMissing: boolean): Promise<Level<string, Uint8Array>> {
  const attempt = async (): Promise<Level<string, Uint8Array>> => {
    const level = new Level<string, Uint8Array>(directory, { ...options, createIfMissing });
    await level.open();
    return level;
  };
  try {
    return await attempt();
  } catch (error) {
    // Of a database that another process holds nothing is touched.
    const isDamage = error instanceof Error && errorCode(error.cause) === 'LEVEL_CORRUPTION';
    if (isDamage && (await mendManifest(directory))) return await attempt();
    throw error;
  }
}

class LevelDatabase implements Database {
  private readonly level: Level<string, Uint8Array>;

  constructor(level: Level<string, Uint8Array>) {
    this.level = level;
  }

  async read(keys: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    const values: (Uint8Array | undefined)[] = await this.level.getMany([...keys]);
    return values.map((value) => value && plain(value));
  }

  has(keys: readonly string[]): Promise<readonly boolean[]> {
    return this.level.hasMany([...keys]);
  }

  async writeDurably(writes: readonly Write[]): Promise<void> {
    // Filled one by one it takes a quarter of the time that an array takes.
    const batch = this.level.batch();
    for (const { key, value } of writes) {
      if (value === undefined) batch.del(key);
      else batch.put(key, value);
    }
    await batch.write({ sync: true });
  }

  chunks(chunkRecords: number, { from, below }: KeyRange = {}): AsyncIterable<StoredRecord[]> {
    const range = { ...(from === undefined ? {} : { gte: from }), ...(below === undefined ? {} : { lt: below }) };
    // The default hands over 16 KB at a time, each after a turn of the thread pool.
    const bounds = { ...range, fillCache: false, highWaterMarkBytes };
    // LevelDB gives a `Buffer`, and anything else is made of that.
    return read(this.level.iterator<string, Uint8Array>({ ...bounds, valueEncoding: 'buffer' }), chunkRecords);
  }

  close(): Promise<void> {
    return this.level.close();
  }
}

/** As far as it is needed of an iterator of LevelDB. */
interface Entries {
  nextv(size: number): Promise<[string, Uint8Array][]>;
  close(): Promise<void>;
}

/** What fails is found out by whoever asks for it, and he may be busy with what came before. */
function ahead(iterator: Entries, chunkRecords: number): ReturnType<Entries['nextv']> {
  const next = iterator.nextv(chunkRecords);
  next.catch(() => {});
  return next;
}

async function* read(iterator: Entries, chunkRecords: number): AsyncIterable<StoredRecord[]> {
  // LevelDB reads on while what it has read is worked on.
  let next = ahead(iterator, chunkRecords);
  try {
    for (;;) {
      const entries = await next;
      if (entries.length === 0) return;
      next = ahead(iterator, chunkRecords);
      yield entries.map(([key, value]) => ({ key, value: plain(value) }));
    }
  } finally {
    await next.catch(() => []);
    await iterator.close();
  }
}

/** LevelDB hands out Node's `Buffer`, whose `slice` shares memory: nothing outside the host may meet one. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
