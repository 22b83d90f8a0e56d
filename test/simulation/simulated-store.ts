/** The simulated disk behind the asynchronous store contract: each batch completes at once, for tests without a world. */
import { limits } from '../../src/base/limits.ts';
import type { StoredRecord, Write } from '../../src/commit/commit.ts';
import {
  type Opened,
  type Store,
  StoreError,
  type StoreErrorKind,
  type StoreStatistics,
} from '../../src/host/store/store.ts';
import type { SimulatedDisk } from './simulated-disk.ts';

export class SimulatedStore implements Store {
  private readonly disk: SimulatedDisk;
  private refused: StoreErrorKind | undefined;
  private closed = false;

  constructor(disk: SimulatedDisk) {
    this.disk = disk;
  }

  async open(): Promise<Opened> {
    const { generation, lastStop, notes } = this.disk.open();
    return { generation, lastStop, notes };
  }

  async restore(take: (chunk: readonly StoredRecord[]) => void | Promise<void>): Promise<void> {
    const records = this.disk.kept();
    for (let at = 0; at < records.length; at += limits.restoreChunkRecords) {
      await take(records.slice(at, at + limits.restoreChunkRecords));
    }
  }

  async commit(writes: readonly Write[]): Promise<void> {
    this.assertTaking();
    if (writes.length === 0) return;
    this.disk.begin(writes);
    this.settle();
  }

  async recover(): Promise<void> {
    const refused = this.refused === undefined ? undefined : this.disk.recover();
    if (refused !== undefined) throw new StoreError(refused, 'The simulated disk is not whole yet.');
    this.refused = undefined;
  }

  async setAside(record: StoredRecord, why: string): Promise<void> {
    this.assertTaking();
    this.disk.setAside(record, why);
  }

  statistics(): StoreStatistics {
    return this.disk.statistics;
  }

  async close(cleanWrites?: readonly Write[]): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    try {
      if (cleanWrites === undefined) return;
      this.assertTaking();
      this.disk.beginStop(cleanWrites);
      this.settle();
    } finally {
      this.disk.cut(false);
    }
  }

  private settle(): void {
    this.refused = this.disk.complete();
    if (this.refused !== undefined) throw new StoreError(this.refused, 'The simulated disk refused a batch.');
  }

  private assertTaking(): void {
    if (this.refused !== undefined)
      throw new StoreError(this.refused, 'The store takes nothing until it is recovered.');
  }
}
