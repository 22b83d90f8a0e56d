/** A database that hands everything on to another one, but for what a test puts in between. */
import type { Database } from '../../src/host/store/level-database.ts';

export function databaseOver(real: Database, between: Partial<Database> = {}): Database {
  return {
    read: (keys) => real.read(keys),
    has: (keys) => real.has(keys),
    writeDurably: (writes) => real.writeDurably(writes),
    chunks: (records, range) => real.chunks(records, range),
    close: () => real.close(),
    ...between,
  };
}
