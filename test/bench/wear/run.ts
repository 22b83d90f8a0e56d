/**
 * One fleet for some hours of virtual time over a real store: its commits go through the real scheduler, batches are written
 * for good, and the time that took is added to the virtual clock. So an acknowledgement's delay is the virtual wait for its
 * batch and the measured time of the batch. Batches and commits are recorded, so that other ways to keep them can be measured
 * with the same writes.
 */
import type { Monotonic } from '../../../src/base/instants.ts';
import { limits } from '../../../src/base/limits.ts';
import type { CommitClass, CommitId, StoredRecord, Write } from '../../../src/commit/commit.ts';
import { type Batch, CommitScheduler } from '../../../src/commit/commit-scheduler.ts';
import { LevelStore } from '../../../src/host/store/level-store.ts';
import type { WearDisk } from './disk.ts';
import { type Measured, percentile } from './figures.ts';
import { type FleetStep, type MessageKind, WearFleet, type WearLoad } from './fleet.ts';

/** Writes that one device write held, and when those began to wait whose acknowledgement it was for. */
export interface RecordedWrites {
  readonly atMs: number;
  readonly writes: readonly Write[];
  readonly waitedSinceMs: readonly number[];
}

/** What others are measured with: where the count began, what was kept there, and all that was written from there on. */
export interface Recording {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly kept: readonly StoredRecord[];
  readonly batches: readonly RecordedWrites[];
  /** The gateway's commits by themselves. */
  readonly commits: readonly RecordedWrites[];
}

interface Waiting {
  readonly id: CommitId;
  readonly atMs: number;
}

interface InFlight {
  readonly class: CommitClass;
  readonly landsAtMs: number;
}

/** Enough for the others, and it fits into memory. */
const recordedMsMax = 3_600_000;

/** Everything is in a steady state by then: `journalHoldMs` is over, and so is EXCHANGE_LIFETIME. */
const warmUpMs = limits.journalHoldMs + limits.commitSoonWindowMs;

export async function runFleet(
  load: WearLoad,
  hours: number,
  disk: WearDisk,
): Promise<{ measured: Measured; recording: Recording }> {
  const fleet = new WearFleet(load);
  const run = new Run(fleet, load.notifications ? 'notification' : 'update', disk.directory);
  try {
    await run.open();
    await run.until(fleet.nowMs + warmUpMs);
    const sinceMs = run.beginCount();
    const before = disk.bytesWritten();
    await run.until(sinceMs + hours * 3_600_000);
    const bytes = disk.bytesWritten() - before;
    const { recording, measured } = run.counted(sinceMs, bytes);
    await run.settle();
    fleet.assertAllAnswered();
    return { recording, measured };
  } finally {
    await run.close();
    fleet.free();
  }
}

class Run {
  private readonly fleet: WearFleet;
  private readonly counts: MessageKind;
  private readonly store: LevelStore;
  private readonly scheduler = new CommitScheduler();
  private readonly kept = new Map<string, Uint8Array>();
  private nowMs: number;
  private waiting: Waiting[] = [];
  private inFlight: InFlight[] = [];
  private delaysMs: number[] = [];
  private written = 0;
  private recordUntilMs = 0;
  private batches: RecordedWrites[] = [];
  private commits: RecordedWrites[] = [];
  private keptThen: readonly StoredRecord[] = [];

  /** `counts`: the messages whose acknowledgements are timed. */
  constructor(fleet: WearFleet, counts: MessageKind, directory: string) {
    [this.fleet, this.counts, this.nowMs] = [fleet, counts, fleet.nowMs];
    this.store = new LevelStore({ directory, monotonicMs: () => this.nowMs });
  }

  async open(): Promise<void> {
    await this.store.open();
    const records = this.fleet.records();
    for (let at = 0; at < records.length; at += limits.restoreChunkRecords) {
      await this.store.commit(records.slice(at, at + limits.restoreChunkRecords), 'soon');
    }
    for (const { key, value } of records) this.kept.set(key, value);
  }

  /** What comes from now on counts. */
  beginCount(): number {
    [this.delaysMs, this.batches, this.commits, this.written] = [[], [], [], 0];
    this.recordUntilMs = this.nowMs + recordedMsMax;
    this.keptThen = Array.from(this.kept, ([key, value]) => ({ key, value }));
    return this.nowMs;
  }

  counted(sinceMs: number, bytes: number): { measured: Measured; recording: Recording } {
    const { batches, commits, delaysMs, keptThen: kept } = this;
    const untilMs = Math.min(this.nowMs, this.recordUntilMs);
    const measured = {
      bytes,
      commits: this.written,
      spanMs: this.nowMs - sinceMs,
      ackDelayMsP50: percentile(delaysMs, 0.5),
      ackDelayMsP99: percentile(delaysMs, 0.99),
    };
    return { measured, recording: { sinceMs, untilMs, kept, batches, commits } };
  }

  async until(endMs: number): Promise<void> {
    for (let nextMs = this.nextMs(); nextMs <= endMs; nextMs = this.nextMs()) {
      this.nowMs = Math.max(this.nowMs, nextMs);
      this.land();
      if (this.fleet.nextAtMs() <= this.nowMs) this.take(this.fleet.step(this.nowMs));
      await this.start();
    }
    this.nowMs = endMs;
  }

  /** Lets the last batches come, without a further message. */
  async settle(): Promise<void> {
    while (this.waiting.length > 0 || this.inFlight.length > 0) {
      const due = this.scheduler.nextDeadline()?.at ?? Number.POSITIVE_INFINITY;
      this.nowMs = Math.max(this.nowMs, Math.min(due, ...this.inFlight.map(({ landsAtMs }) => landsAtMs)));
      this.land();
      await this.start();
    }
  }

  async close(): Promise<void> {
    await this.store.close();
  }

  private nextMs(): number {
    const due = this.scheduler.nextDeadline()?.at ?? Number.POSITIVE_INFINITY;
    return Math.min(this.fleet.nextAtMs(), due, ...this.inFlight.map(({ landsAtMs }) => landsAtMs));
  }

  private take({ commits, message }: FleetStep): void {
    for (const commit of commits) {
      const waits = commit.class === 'before-ack';
      this.scheduler.add(commit, this.nowMs as Monotonic);
      if (waits) this.waiting.push({ id: commit.id, atMs: this.nowMs });
      if (this.nowMs > this.recordUntilMs) continue;
      this.commits.push({ atMs: this.nowMs, writes: commit.writes, waitedSinceMs: waits ? [this.nowMs] : [] });
    }
    const isWaiting = commits.some((commit) => commit.class === 'before-ack');
    if (message === this.counts && !isWaiting) this.delaysMs.push(0);
  }

  /** Writes the batches that are due. Those of both classes go at the same time, as they do in life. */
  private async start(): Promise<void> {
    if (this.store.wantsSoon) this.scheduler.hasten();
    const due: Batch[] = [];
    for (let batch = this.next(); batch !== undefined; batch = this.next()) due.push(batch);
    await Promise.all(due.map((batch) => this.write(batch)));
  }

  private next(): Batch | undefined {
    return this.scheduler.next(this.nowMs as Monotonic);
  }

  private async write(batch: Batch): Promise<void> {
    const begun = performance.now();
    await this.store.commit(batch.writes, batch.class);
    const tookMs = performance.now() - begun;
    this.inFlight.push({ class: batch.class, landsAtMs: this.nowMs + tookMs });
    const { upTo = 0 } = batch;
    const since = this.waiting.filter(({ id }) => id <= upTo).map(({ atMs }) => atMs);
    for (const atMs of since) this.delaysMs.push(this.nowMs - atMs + tookMs);
    this.waiting = this.waiting.filter(({ id }) => id > upTo);
    this.written++;
    if (this.nowMs <= this.recordUntilMs)
      this.batches.push({ atMs: this.nowMs, writes: batch.writes, waitedSinceMs: since });
    for (const { key, value } of batch.writes) {
      if (value === undefined) this.kept.delete(key);
      else this.kept.set(key, value);
    }
  }

  private land(): void {
    const landed = this.inFlight.filter(({ landsAtMs }) => landsAtMs <= this.nowMs);
    this.inFlight = this.inFlight.filter(({ landsAtMs }) => landsAtMs > this.nowMs);
    for (const { class: commitClass } of landed) {
      const upTo = this.scheduler.written(commitClass);
      if (upTo !== undefined) for (const step of this.fleet.committed(upTo, this.nowMs)) this.take(step);
    }
  }
}
