/** The simulated disk behind the asynchronous store contract: whatever begins completes at once, for tests without a world. */
import { limits } from '../../src/base/limits.ts';
import type { CommitClass, StoredRecord, Write } from '../../src/commit/commit.ts';
import {
  type Opened,
  type Store,
  StoreError,
  type StoreHealth,
  type StoreStatistics,
} from '../../src/host/store/store.ts';
import { isLiveConnection } from '../../src/records/live-connection.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import { worstFate } from './simulated-disk.ts';
import { inStartOrder } from './start-order.ts';

export class SimulatedStore implements Store {
  private readonly disk: SimulatedDisk;
  private ids = 0;
  private nowMs = 0;
  private closed = false;

  constructor(disk: SimulatedDisk) {
    this.disk = disk;
  }

  get wantsSoon(): boolean {
    return this.disk.store.wantsSoon;
  }

  async open(): Promise<Opened> {
    const { generation, lastStop, notes } = this.disk.open();
    return { generation, lastStop, notes };
  }

  async restore(take: (chunk: readonly StoredRecord[]) => void | Promise<void>): Promise<readonly string[]> {
    for (const part of inStartOrder(this.disk.kept())) await inChunks(part, take);
    return [];
  }

  async export(take: (chunk: readonly StoredRecord[]) => void | Promise<void>): Promise<void> {
    const kept = this.disk.kept().filter(({ key }) => !isLiveConnection(key));
    await inChunks(kept, take);
  }

  async commit(writes: readonly Write[], commitClass: CommitClass): Promise<void> {
    if (writes.length === 0 && commitClass === 'before-ack') return;
    this.settle((id) => this.disk.submit({ id, class: commitClass, writes }));
  }

  async recover(): Promise<void> {
    if (this.disk.store.failure !== undefined) this.settle((id) => this.disk.store.recover(id));
  }

  async setAside(record: StoredRecord, why: string): Promise<void> {
    this.disk.setAside(record, why);
  }

  statistics(): StoreStatistics {
    return this.disk.statistics;
  }

  health(): StoreHealth {
    const { failure, ringIsUsable, fill } = this.disk.store;
    return { database: failure?.kind ?? 'ok', journal: ringIsUsable ? 'ok' : 'failed', journalFill: fill };
  }

  async close(cleanWrites?: readonly Write[]): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    try {
      if (cleanWrites === undefined) return;
      this.settle((id) => this.disk.submit({ id, class: 'soon', writes: cleanWrites, isLast: true }));
    } finally {
      this.disk.cut(worstFate);
    }
  }

  private settle(handIn: (id: number) => void): void {
    const own = ++this.ids;
    handIn(own);
    for (let lanes = this.disk.begin(++this.nowMs); lanes.length > 0; lanes = this.disk.begin(++this.nowMs)) {
      for (const lane of lanes) this.disk.complete(lane);
    }
    const failure = this.disk.takeSettled().find(({ id }) => id === own)?.failure;
    if (failure !== undefined) throw new StoreError(failure.kind, 'The simulated disk refused a batch.');
  }
}

async function inChunks(
  records: readonly StoredRecord[],
  take: (chunk: readonly StoredRecord[]) => void | Promise<void>,
): Promise<void> {
  for (let at = 0; at < records.length; at += limits.restoreChunkRecords) {
    await take(records.slice(at, at + limits.restoreChunkRecords));
  }
}
