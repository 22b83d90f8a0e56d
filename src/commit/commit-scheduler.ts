/**
 * When what is written: merges commits into batches, one of each class in flight at a time, so that flash is written seldom and
 * nobody waits long. Pure: time is an argument, and who writes the batches is not known here.
 *
 *   add(commit) ──► waiting, per class and key ──► next(now) = Batch ──► written(class) = commits durable up to here
 *                             ▲                                    └──► rejected(class), later resume()
 *                             └──────── the writes go back, under newer ones ─────┘
 *
 * `before-ack`: leading edge. At once when the last such batch started longer than the spacing ago, else at its end, and never
 * later than `latestMs` after the first waiter. A batch takes all that wait, so what is durable is a prefix of the class.
 * `soon`: kept per key until the window of the oldest ends (or too many bytes wait), then all of it goes in one batch: again a
 * prefix. The window opens with a `before-ack` commit too, since the same batch moves those from the journal to the database.
 * A `before-ack` value replaces a waiting `soon` value of its key. A `soon` batch starts only right after a `before-ack` batch
 * with all that waits, or when none waits and none is in flight: so it holds no value whose older one of the other class is
 * less durable, and "everything up to here" is true of both. While the store refuses `soon` batches and takes the others, what is
 * due goes with a `before-ack` batch: it must not wait for hours.
 */
import { assert } from '../base/assert.ts';
import { after, earliest, type Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import { type Commit, type CommitClass, type CommitId, newestOf, type Write } from './commit.ts';
import { WaitingGroup, WaitingSoon } from './waiting-writes.ts';

export interface CommitSchedulerOptions {
  /** From the start of a batch to the start of the next one that `before-ack` commits ask for. */
  readonly spacingMs?: number;
  /** How long a `soon` value may wait. */
  readonly soonWindowMs?: number;
  /** The latest start of a batch after its first `before-ack` commit, however wide the spacing. */
  readonly latestMs?: number;
}

/** One atomic batch of a class for the store, at most one write a key. They are handed to the store in the order of `next`. */
export interface Batch {
  readonly class: CommitClass;
  readonly writes: readonly Write[];
  /** Once durable, every `before-ack` commit up to this id is; undefined for `soon`. */
  readonly upTo: CommitId | undefined;
}

export interface CommitDeadline {
  readonly at: Monotonic;
  readonly reason: string;
}

const zeroCounters = {
  commits: 0,
  batches: 0,
  soonBatches: 0,
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
  private group = new WaitingGroup();
  private soon = new WaitingSoon();
  private groupInFlight: { readonly group: WaitingGroup; readonly soon: WaitingSoon | undefined } | undefined;
  private soonInFlight: WaitingSoon | undefined;
  /** Keys for which a `before-ack` value came while `soon` values are in flight. */
  private readonly replaced = new Set<string>();
  /** Taken together with the `before-ack` batch that `next` has just returned: the next one to go. */
  private following: Batch | undefined;
  private readonly suspended = { 'before-ack': false, soon: false };
  private lastStart: Monotonic | undefined;
  private lastId: CommitId | undefined;
  /** Since when the oldest `before-ack` commit is in no `soon` batch. */
  private unmovedSince: Monotonic | undefined;
  private hastened = false;

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
    return this.group.commits + (this.groupInFlight?.group.commits ?? 0);
  }

  /** The spacing in milliseconds from now on, also of what waits already. */
  setSpacing(spacingMs: number): void {
    assert(spacingMs >= 0, 'durations do not run backward');
    this.spacingMs = spacingMs;
  }

  /** The store wants a `soon` batch early, since its journal fills: it is due now, whatever waits. */
  hasten(): void {
    this.hastened = true;
  }

  /** Takes a commit. Ids rise over both classes together. */
  add(commit: Commit, now: Monotonic): void {
    assert(this.lastId === undefined || commit.id > this.lastId, 'commit ids rise');
    this.lastId = commit.id;
    this.counted.commits++;
    this.counted.writesAdded += commit.writes.length;
    if (commit.class === 'soon') return this.soon.add(commit, now);
    this.group.add(commit, now);
    this.unmovedSince ??= now;
    for (const { key } of commit.writes) {
      this.soon.replaced(key);
      if ((this.soonInFlight ?? this.groupInFlight?.soon) !== undefined) this.replaced.add(key);
    }
  }

  /** The batch to write now, if one is due; ask again until there is none. It is in flight until `written` or `rejected`. */
  next(now: Monotonic): Batch | undefined {
    const { following } = this;
    this.following = undefined;
    if (following !== undefined) return following;
    const soonDue = this.soonDue();
    const isSoonDue = soonDue !== undefined && soonDue.at <= now;
    if (isSoonDue && this.group.upTo === undefined && !this.suspended.soon) return this.startSoon();
    const groupDue = this.groupDue();
    if (!isSoonDue && (groupDue === undefined || groupDue.at > now)) return undefined;
    const batch = this.startGroup(isSoonDue && this.suspended.soon, now);
    if (isSoonDue && !this.suspended.soon) this.following = this.startSoon();
    return batch;
  }

  /** From when on `next` has a batch; undefined while nothing can start, and when nothing waits. */
  nextDeadline(): CommitDeadline | undefined {
    const groupDue = this.groupDue();
    const soonDue = this.soonDue();
    if (groupDue === undefined || soonDue === undefined) return groupDue ?? soonDue;
    return soonDue.at < groupDue.at ? soonDue : groupDue;
  }

  /** The batch of this class is durable. Returns up to which id `before-ack` commits became so. */
  written(commitClass: CommitClass): CommitId | undefined {
    if (commitClass === 'before-ack') return this.landGroup().group.upTo;
    this.landSoon();
    return undefined;
  }

  /** The batch of this class was refused: its writes go back, under newer ones, and none of it starts until `resume`. */
  rejected(commitClass: CommitClass, now: Monotonic): void {
    this.suspended[commitClass] = true;
    this.counted.batchesRejected++;
    const landed = commitClass === 'before-ack' ? this.landGroup() : { soon: this.landSoon() };
    if ('group' in landed) this.group = this.group.over(landed.group);
    if (landed.soon === undefined) return;
    for (const key of this.replaced) landed.soon.replaced(key);
    this.soon = this.soon.over(landed.soon);
    this.unmovedSince ??= now;
  }

  /** The store takes batches again. What is overdue starts at the next call of `next`. */
  resume(): void {
    this.suspended['before-ack'] = false;
    this.suspended.soon = false;
  }

  /** For a clean stop: everything that is not durable, in one batch; the last call. Not while a batch is in flight. */
  drain(): Batch {
    assert(
      this.groupInFlight === undefined && this.soonInFlight === undefined,
      'a clean stop waits for what is in flight',
    );
    return {
      class: 'before-ack',
      writes: newestOf([...this.group.writes, ...this.soon.writes]),
      upTo: this.group.upTo,
    };
  }

  private startGroup(withSoon: boolean, now: Monotonic): Batch {
    const { group } = this;
    const soon = withSoon ? this.takeSoon() : undefined;
    [this.group, this.groupInFlight, this.lastStart] = [new WaitingGroup(), { group, soon }, now];
    this.counted.batches++;
    const writes = soon === undefined ? group.writes : newestOf([...group.writes, ...soon.writes]);
    return this.started({ class: 'before-ack', writes, upTo: group.upTo });
  }

  private startSoon(): Batch {
    const soon = this.takeSoon();
    this.soonInFlight = soon;
    [this.unmovedSince, this.hastened] = [undefined, false];
    this.counted.soonBatches++;
    return this.started({ class: 'soon', writes: soon.writes, upTo: undefined });
  }

  private takeSoon(): WaitingSoon {
    const { soon } = this;
    this.soon = new WaitingSoon();
    this.replaced.clear();
    return soon;
  }

  private started(batch: Batch): Batch {
    this.counted.writesStarted += batch.writes.length;
    return batch;
  }

  private landGroup(): NonNullable<CommitScheduler['groupInFlight']> {
    const { groupInFlight } = this;
    assert(groupInFlight !== undefined, 'a before-ack batch is in flight');
    this.groupInFlight = undefined;
    return groupInFlight;
  }

  private landSoon(): WaitingSoon {
    const { soonInFlight } = this;
    assert(soonInFlight !== undefined, 'a soon batch is in flight');
    this.soonInFlight = undefined;
    return soonInFlight;
  }

  private groupDue(): CommitDeadline | undefined {
    const { since } = this.group;
    if (since === undefined || this.groupInFlight !== undefined || this.suspended['before-ack']) return undefined;
    const spaced = this.spacingEnds();
    if (spaced === undefined || spaced <= since) return { at: since, reason: 'commit' };
    const latest = after(since, this.latestMs);
    return spaced <= latest ? { at: spaced, reason: 'commit-spacing' } : { at: latest, reason: 'commit-latest' };
  }

  private soonDue(): CommitDeadline | undefined {
    const blocked = this.groupInFlight !== undefined || this.suspended['before-ack'];
    if (blocked || this.soonInFlight !== undefined) return undefined;
    // While the database refuses, moving what the journal holds has to wait; values of this class have not.
    const since = this.suspended.soon ? this.soon.since : earliest(this.soon.since, this.unmovedSince);
    if (since === undefined) return undefined;
    if (this.hastened && !this.suspended.soon) return { at: since, reason: 'commit-hastened' };
    const windowEnds = after(since, this.soonWindowMs);
    const spaced = this.spacingEnds() ?? since;
    return this.soon.bytes > limits.commitSoonBytesMax && spaced < windowEnds
      ? { at: spaced, reason: 'commit-soon-bytes' }
      : { at: windowEnds, reason: 'commit-soon-window' };
  }

  /** When the spacing after the last `before-ack` batch ends; undefined when there was none. */
  private spacingEnds(): Monotonic | undefined {
    return this.lastStart === undefined ? undefined : after(this.lastStart, this.spacingMs);
  }
}
