/**
 * Other ways to keep the same writes: LevelDB with a sync for each transaction, SQLite, LMDB. One is handed writes and says,
 * once they are durable, how long that took.
 */
import assert from 'node:assert/strict';
import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { RootDatabase } from 'lmdb';
import type { Write } from '../../../src/commit/commit.ts';
import { type Database, openLevelDatabase } from '../../../src/host/store/level-database.ts';
import { sqliteProgram } from './sqlite-program.ts';

export interface Keeper {
  /** Of the process that writes, when it is not this one. */
  readonly pid?: number | undefined;
  /** One transaction, durable when it resolves; the milliseconds that it took. */
  write(writes: readonly Write[]): Promise<number>;
  close(): Promise<void>;
}

export type OpenKeeper = (directory: string) => Promise<Keeper>;

export const openLevelKeeper: OpenKeeper = async (directory) =>
  new LevelKeeper(await openLevelDatabase(join(directory, 'leveldb'), true));

class LevelKeeper implements Keeper {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  write(writes: readonly Write[]): Promise<number> {
    return timed(() => this.database.writeDurably(writes));
  }

  close(): Promise<void> {
    return this.database.close();
  }
}

/** Rejects where there is no package `lmdb` for this kind of machine. */
export const openLmdbKeeper: OpenKeeper = async (directory) => {
  const { open } = await import('lmdb');
  // Without overlapping, a transaction that has ended was flushed.
  const path = join(directory, 'lmdb');
  return new LmdbKeeper(open<Uint8Array, string>({ path, encoding: 'binary', overlappingSync: false }));
};

class LmdbKeeper implements Keeper {
  private readonly database: RootDatabase<Uint8Array, string>;

  constructor(database: RootDatabase<Uint8Array, string>) {
    this.database = database;
  }

  write(writes: readonly Write[]): Promise<number> {
    return timed(() =>
      this.database.transaction(() => {
        for (const { key, value } of writes) {
          if (value === undefined) this.database.removeSync(key);
          else this.database.putSync(key, value);
        }
      }),
    );
  }

  async close(): Promise<void> {
    await this.database.close();
  }
}

type Python = ChildProcessByStdio<Writable, Readable, null>;

/** Python's SQLite: no package of npm is needed. Rejects where there is no python3 with it. */
export const openSqliteKeeper: OpenKeeper = async (directory) => {
  execFileSync('python3', ['-c', 'import sqlite3'], { stdio: 'ignore' });
  const path = join(directory, 'sqlite');
  return new SqliteKeeper(spawn('python3', ['-c', sqliteProgram, path], { stdio: ['pipe', 'pipe', 'inherit'] }));
};

class SqliteKeeper implements Keeper {
  private readonly child: Python;
  private readonly lines: Interface;
  private readonly answers: AsyncIterator<string>;

  constructor(child: Python) {
    this.child = child;
    this.lines = createInterface(child.stdout);
    this.answers = this.lines[Symbol.asyncIterator]();
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Timed by the child, so that the pipe is not counted. */
  async write(writes: readonly Write[]): Promise<number> {
    const rows = writes.map(({ key, value }) => [key, value === undefined ? null : Buffer.from(value).toString('hex')]);
    this.child.stdin.write(`${JSON.stringify(rows)}\n`);
    const { value } = await this.answers.next();
    assert.ok(value !== undefined, 'SQLite answers');
    return Number(value);
  }

  async close(): Promise<void> {
    const gone = once(this.child, 'exit');
    this.child.stdin.end();
    await gone;
    this.lines.close();
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}
