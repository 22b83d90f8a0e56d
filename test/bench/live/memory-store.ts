/** A store in memory that commits at once: what the gateway costs without its disk. It keeps nothing over a restart. */
import type { StoredRecord } from '../../../src/commit/commit.ts';
import {
  type Opened,
  type Store,
  type StoreHealth,
  type StoreStatistics,
  zeroStatistics,
} from '../../../src/host/store/store.ts';

export class MemoryStore implements Store {
  readonly wantsSoon = false;

  async open(): Promise<Opened> {
    return { generation: 1, lastStop: 'first', notes: [] };
  }

  async restore(): Promise<readonly string[]> {
    return [];
  }

  async commit(): Promise<void> {}

  async recover(): Promise<void> {}

  async export(): Promise<void> {}

  async setAside(_record: StoredRecord, _why: string): Promise<void> {}

  statistics(): StoreStatistics {
    return zeroStatistics;
  }

  health(): StoreHealth {
    return { database: 'ok', journal: 'ok', journalFill: 0 };
  }

  async close(): Promise<void> {}
}
