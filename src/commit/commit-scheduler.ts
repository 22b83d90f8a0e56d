/**
 * When what is written: merges commits into batches, one in flight at a time, so that flash is written seldom and nobody
 * waits long. Pure: time is an argument, and who writes the batches is not known here.
 *
 *   add(commit) ──► waiting, per class and key ──► next(now) = Batch ──► written(now) = commits durable up to here
 *                             ▲                                    └──► rejected(now), later resume(now)
 *                             └──────── the writes go back, under newer ones ─────┘
 *
 * `before-ack`: leading edge. At once when the last batch started longer than the spacing ago, else at its end, and never
 * later than `latestMs` after the first waiter. A batch takes all that wait, so what is durable is a prefix of the class.
 * `soon`: kept per key until the window of the oldest ends (or too many bytes wait), then all of it goes with the next
 * batch: again a prefix. A `before-ack` value replaces a waiting `soon` value of its key; a later `soon` value of that key
 * stays one: a batch without the `soon` class never holds it.
 */
import { assert } from '../base/assert.ts';
import { after, type Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import type { Commit, CommitId, Write } from './commit.ts';
import { WaitingWrites } from './waiting-writes.ts';

export interface CommitSchedulerOptions {
  /** From the start of a batch to the start of the next one that `before-ack` commits ask for. */
  readonly spacingMs?: number;
  /** How long a `soon` value may wait. */
  readonly soonWindowMs?: number;
  /** The latest start of a batch after its first `before-ack` commit, however wide the spacing. */
  readonly latestMs?: number;
}

/** One atomic batch for the store: at most one write a key. Without writes it needs no store to be durable. */
export interface Batch {
  readonly writes: readonly Write[];
  /** Once durable, every `before-ack` commit up to this id is; undefined when the batch holds none. */
  readonly upTo: CommitId | undefined;
  readonly soonIncluded: boolean;
}

export interface CommitDeadline {
  readonly at: Monotonic;
  readonly reason: string;
}

const zeroCounters = {
  commits: 0,
  batches: 0,
  batchesWithSoon: 0,
  batchesRejected: 0,
  /** Writes handed in, and writes left after merging. */
  writesAdded: 0,
  writesStarted: 0,
};

export type CommitCounters = Readonly<typeof zeroCounters>;

export class CommitScheduler {
  private spacingMs: number;
  private readonly soonWindowMs: number;
  private readonly latestMs: number;
  private readonly counted = { ...zeroCounters };
  private waiting = new WaitingWrites();
  private flight: { readonly batch: Batch; readonly taken: WaitingWrites } | undefined;
  private suspended = false;
  private lastStart: Monotonic | undefined;
  private lastId: CommitId | undefined;

  /** Durations in milliseconds; what is left out comes from `limits`. */
  constructor(options: CommitSchedulerOptions = {}) {
    this.spacingMs = options.spacingMs ?? limits.commitSpacingMs;
    this.soonWindowMs = options.soonWindowMs ?? limits.commitSoonWindowMs;
    this.latestMs = options.latestMs ?? limits.commitLatestMs;
    assert(this.spacingMs >= 0 && this.soonWindowMs >= 0 && this.latestMs >= 0, 'durations do not run backward');
  }

  get counters(): CommitCounters {
    return { ...this.counted };
  }

  /** How many `before-ack` commits are not durable yet, waiting or in flight. */
  get pending(): number {
    return this.waiting.commits + (this.flight?.taken.commits ?? 0);
  }

  /** The spacing in milliseconds from now on, also of what waits already. */
  setSpacing(spacingMs: number): void {
    this.spacingMs = spacingMs;
  }

  /** Takes a commit. Ids rise over both classes together. */
  add(commit: Commit, now: Monotonic): void {
    assert(this.lastId === undefined || commit.id > this.lastId, 'commit ids rise');
    this.lastId = commit.id;
    this.counted.commits++;
    this.counted.writesAdded += commit.writes.length;
    if (commit.class === 'before-ack') this.waiting.addBeforeAck(commit, now);
    else this.waiting.addSoon(commit, now);
  }

  /** The batch to write now, if one is due. It is in flight until `written` or `rejected`. */
  next(now: Monotonic): Batch | undefined {
    const due = this.nextDeadline();
    if (due === undefined || due.at > now) return undefined;
    const soonDue = this.soonDue();
    return this.start(soonDue !== undefined && soonDue.at <= now, now);
  }

  /** From when on `next` has a batch; undefined while one is in flight, while suspended, and when nothing waits. */
  nextDeadline(): CommitDeadline | undefined {
    if (this.flight !== undefined || this.suspended) return undefined;
    const beforeAckDue = this.beforeAckDue();
    const soonDue = this.soonDue();
    if (beforeAckDue === undefined || soonDue === undefined) return beforeAckDue ?? soonDue;
    return soonDue.at < beforeAckDue.at ? soonDue : beforeAckDue;
  }

  /** The batch in flight is durable. Returns up to which id `before-ack` commits became so; undefined if it held none. */
  written(_now: Monotonic): CommitId | undefined {
    return this.land().batch.upTo;
  }

  /** The batch in flight was refused: its writes go back, under newer ones, and nothing starts until `resume`. */
  rejected(_now: Monotonic): void {
    this.waiting = this.waiting.over(this.land().taken);
    this.suspended = true;
    this.counted.batchesRejected++;
  }

  /** The store takes batches again. What is overdue starts at the next call of `next`. */
  resume(_now: Monotonic): void {
    this.suspended = false;
  }

  /**
   * For a clean stop: one batch with everything that is not durable, in flight like any other; undefined when there is
   * nothing. Not to be called while one is in flight. After a rejection it is returned too: whether the store has been
   * recovered is the caller's concern.
   */
  drain(now: Monotonic): Batch | undefined {
    assert(this.flight === undefined, 'a clean stop waits for the batch in flight');
    return this.waiting.isEmpty ? undefined : this.start(true, now);
  }

  private start(soonIncluded: boolean, now: Monotonic): Batch {
    const batch: Batch = { writes: this.waiting.writes(soonIncluded), upTo: this.waiting.upTo, soonIncluded };
    this.flight = { batch, taken: this.waiting.take(soonIncluded) };
    this.lastStart = now;
    this.counted.batches++;
    this.counted.writesStarted += batch.writes.length;
    if (soonIncluded) this.counted.batchesWithSoon++;
    return batch;
  }

  private land(): { readonly batch: Batch; readonly taken: WaitingWrites } {
    const { flight } = this;
    assert(flight !== undefined, 'a batch is in flight');
    this.flight = undefined;
    return flight;
  }

  private beforeAckDue(): CommitDeadline | undefined {
    const { since } = this.waiting;
    if (since === undefined) return undefined;
    const spaced = this.spacingEnds();
    if (spaced === undefined || spaced <= since) return { at: since, reason: 'commit' };
    const latest = after(since, this.latestMs);
    return spaced <= latest ? { at: spaced, reason: 'commit-spacing' } : { at: latest, reason: 'commit-latest' };
  }

  private soonDue(): CommitDeadline | undefined {
    const since = this.waiting.soonSince;
    if (since === undefined) return undefined;
    const windowEnds = after(since, this.soonWindowMs);
    const spaced = this.spacingEnds() ?? since;
    return this.waiting.soonBytes > limits.commitSoonBytesMax && spaced < windowEnds
      ? { at: spaced, reason: 'commit-soon-bytes' }
      : { at: windowEnds, reason: 'commit-soon-window' };
  }

  /** When the spacing after the last batch ends; undefined when there was none. */
  private spacingEnds(): Monotonic | undefined {
    return this.lastStart === undefined ? undefined : after(this.lastStart, this.spacingMs);
  }
}
