/**
 * A store made of two things that can fail: a ring of frames and a database. Says what is to be done next, on two lanes side by
 * side, and learns how it went; who does it (files, or a simulated disk) is not known here.
 *
 *   submit(batch) ──► next() = Work ──► ended(lane, failure?) ──► settled batches
 *
 *   ring      `before-ack` batches, one group each
 *   database  `soon` batches with what the ring holds; and `before-ack` batches while the ring takes none
 *
 * After a failed write the ring is never synced again: what it holds goes to the database with the batch that failed, and the
 * ring is made anew. After a failed batch the database gets nothing until it was reopened; meanwhile the ring goes on until it
 * is three quarters full. Batches of a class settle in the order of `submit`; a `soon` batch begins after the earlier batches of
 * the other class, and is refused when one of them was.
 */
import { assert } from '../../base/assert.ts';
import type { Monotonic } from '../../base/instants.ts';
import { limits } from '../../base/limits.ts';
import type { CommitClass, Write } from '../commit.ts';
import type { FrameWrite, HandOver, Journal } from './journal.ts';

export type Lane = 'ring' | 'database';

export type FailureKind = 'full' | 'readonly' | 'failed' | 'superseded';

export interface Failure {
  readonly kind: FailureKind;
  readonly cause: unknown;
}

/** One thing to do; `ended` has to follow. A `generation` has to be durable in its own file first. */
export type Work =
  | {
      readonly lane: 'ring';
      readonly do: 'frames';
      readonly frames: readonly FrameWrite[];
      readonly generation?: number;
    }
  | { readonly lane: 'ring'; readonly do: 'make-anew' }
  | { readonly lane: 'database'; readonly do: 'batch'; readonly handOver: HandOver; readonly generation?: number }
  | { readonly lane: 'database'; readonly do: 'reopen' };

/** A batch, named by its submitter, that is durable, or was refused and may be there or not. */
export interface Settled {
  readonly id: number;
  readonly failure: Failure | undefined;
}

export interface Submitted {
  readonly id: number;
  readonly class: CommitClass;
  readonly writes: readonly Write[];
  /** Set when the batch raises the generation. */
  readonly generation?: number | undefined;
  /** The last batch of a clean stop: nothing stays in the ring, also nothing that is held back. */
  readonly isLast?: true;
}

interface Waiting extends Submitted {
  /** The ring cannot take the group. */
  goesToDatabase: boolean;
}

type DatabaseTask = { readonly batch: Submitted } | { readonly recovery: Recovery };

interface Recovery {
  readonly id: number;
  readonly step: 'reopen' | 'hand-over';
}

export class JournaledStore {
  private readonly journal: Journal;
  private generation: number;
  private groups: Waiting[] = [];
  private soons: Submitted[] = [];
  private settled: Settled[] = [];
  private ringTask: 'frames' | 'make-anew' | undefined;
  private databaseTask: DatabaseTask | undefined;
  private databaseFailure: Failure | undefined;
  private recoveryWanted: Recovery | undefined;
  /** The ring that was given up is to be made anew. */
  private anewWanted = false;
  /** A group went into this ring. Else one that can be made and not written would be made anew for each group. */
  private ringIsProven = true;

  constructor(journal: Journal, generation: number) {
    this.journal = journal;
    this.generation = generation;
  }

  /** Why the database takes nothing, until `recovered`. */
  get failure(): Failure | undefined {
    return this.databaseFailure;
  }

  get ringIsUsable(): boolean {
    return this.journal.isUsable;
  }

  get fill(): number {
    return this.journal.fill;
  }

  /** An early `soon` batch would make room in the ring. */
  get wantsSoon(): boolean {
    return this.databaseFailure === undefined && this.journal.fill > limits.journalFillHastened;
  }

  /** What is durable in the ring and not in the database. */
  get unapplied(): readonly Write[] {
    return this.journal.unapplied;
  }

  submit(batch: Submitted): void {
    if (batch.class === 'soon') this.soons.push(batch);
    else this.groups.push({ ...batch, goesToDatabase: false });
  }

  /** The database has to be closed, opened again and handed what it may lack; settled under this id. */
  recover(id: number): void {
    if (this.databaseFailure === undefined) this.settled.push({ id, failure: undefined });
    else this.recoveryWanted = { id, step: 'reopen' };
  }

  /** What can begin now; ask again until there is nothing. */
  next(now: Monotonic): Work | undefined {
    return this.nextForDatabase(now) ?? this.nextForRing(now);
  }

  /** The work on this lane has ended. After a reopen `refusedIsThere` says whether the batch refused last is in the database. */
  ended(lane: Lane, failure?: Failure, refusedIsThere = false): void {
    if (lane === 'ring') return this.ringEnded(failure);
    if (failure === undefined && this.isReopening) this.journal.refusedIsThere(refusedIsThere);
    this.databaseEnded(failure);
  }

  /** Batches that have settled since the last call. */
  takeSettled(): readonly Settled[] {
    const { settled } = this;
    this.settled = [];
    return settled;
  }

  private nextForRing(now: Monotonic): Work | undefined {
    if (this.ringTask !== undefined) return undefined;
    if (this.anewWanted && this.journal.fill === 0) {
      [this.anewWanted, this.ringTask] = [false, 'make-anew'];
      return { lane: 'ring', do: 'make-anew' };
    }
    const group = this.groups[0];
    if (group === undefined || !this.journal.isUsable || group.goesToDatabase) return undefined;
    if (this.isBehind(group)) return undefined;
    const generation = group.generation ?? this.generation;
    const frames = this.ringMayTake ? this.journal.append(group.writes, generation, now) : undefined;
    if (frames !== undefined) {
      this.ringTask = 'frames';
      return { lane: 'ring', do: 'frames', frames, ...raised(group) };
    }
    // What the database takes over just now makes room.
    if (this.databaseTask !== undefined && this.databaseFailure === undefined) return undefined;
    group.goesToDatabase = true;
    return this.nextForDatabase(now);
  }

  /** A `soon` batch that came before it has not begun: begun later it would lay older values over those of the group. */
  private isBehind(group: Submitted): boolean {
    const begun = this.databaseTask !== undefined && 'batch' in this.databaseTask ? this.databaseTask.batch : undefined;
    return this.soons.some((soon) => soon.id < group.id && soon !== begun);
  }

  private get ringMayTake(): boolean {
    return this.databaseFailure === undefined || this.journal.fill < limits.journalFillRefused;
  }

  private nextForDatabase(now: Monotonic): Work | undefined {
    if (this.databaseTask !== undefined) return undefined;
    if (this.recoveryWanted !== undefined) return this.recovery(this.recoveryWanted, now);
    const group = this.groups[0];
    const soon = this.soons[0];
    const first = soon === undefined || (group !== undefined && group.id < soon.id) ? group : soon;
    if (first === undefined || (first === group && this.journal.isUsable && !group.goesToDatabase)) return undefined;
    // Also when a new ring is ready before the batch has ended.
    if (first === group) group.goesToDatabase = true;
    if (this.databaseFailure === undefined) return this.batch(first, now);
    this.remove(first);
    this.settle(first, this.databaseFailure);
    return this.nextForDatabase(now);
  }

  private batch(batch: Submitted, now: Monotonic): Work {
    this.databaseTask = { batch };
    const all = batch.class === 'before-ack' || batch.isLast === true || this.wantsSoon;
    return { lane: 'database', do: 'batch', handOver: this.journal.handOver(batch.writes, now, all), ...raised(batch) };
  }

  private recovery(recovery: Recovery, now: Monotonic): Work {
    this.recoveryWanted = undefined;
    this.databaseTask = { recovery };
    if (recovery.step === 'reopen') return { lane: 'database', do: 'reopen' };
    return { lane: 'database', do: 'batch', handOver: this.journal.handOver([], now, true) };
  }

  private ringEnded(failure: Failure | undefined): void {
    const { ringTask } = this;
    this.ringTask = undefined;
    if (ringTask === 'make-anew') {
      if (failure === undefined) this.journal.renewed();
      this.ringIsProven = false;
      return;
    }
    const group = this.groups[0];
    assert(ringTask === 'frames' && group !== undefined, 'a group was being written');
    if (failure === undefined) {
      this.journal.appended();
      this.ringIsProven = true;
      this.remove(group);
      this.settle(group, undefined);
      return;
    }
    this.journal.giveUp();
    group.goesToDatabase = true;
    this.anewWanted = this.ringIsProven;
  }

  private get isReopening(): boolean {
    const task = this.databaseTask;
    return task !== undefined && 'recovery' in task && task.recovery.step === 'reopen';
  }

  private databaseEnded(failure: Failure | undefined): void {
    const task = this.databaseTask;
    assert(task !== undefined, 'something is done with the database');
    this.databaseTask = undefined;
    this.databaseFailure = failure ?? this.databaseFailure;
    if ('recovery' in task) return this.recoveryEnded(task.recovery, failure);
    this.handOverEnded(failure);
    // What a ring cannot be made for now is tried again once a window.
    if (task.batch.class === 'soon' && !this.journal.isUsable && this.ringTask === undefined) this.anewWanted = true;
    this.remove(task.batch);
    this.settle(task.batch, failure);
  }

  private recoveryEnded({ id, step }: Recovery, failure: Failure | undefined): void {
    if (step === 'hand-over') this.handOverEnded(failure);
    if (step === 'reopen' && failure === undefined) this.recoveryWanted = { id, step: 'hand-over' };
    else this.settled.push({ id, failure });
    if (step === 'hand-over' && failure === undefined) this.databaseFailure = undefined;
  }

  private handOverEnded(failure: Failure | undefined): void {
    if (failure === undefined) this.journal.handedOver();
    else this.journal.handOverFailed();
  }

  private remove(batch: Submitted): void {
    if (batch.class === 'soon') this.soons = this.soons.filter(({ id }) => id !== batch.id);
    else this.groups = this.groups.filter(({ id }) => id !== batch.id);
  }

  private settle({ id, class: commitClass, generation }: Submitted, failure: Failure | undefined): void {
    this.settled.push({ id, failure });
    if (failure === undefined) this.generation = Math.max(this.generation, generation ?? 0);
    if (failure === undefined || commitClass === 'soon') return;
    // What was submitted after it, and is to be durable only with it.
    for (const soon of this.soons.filter((each) => each.id > id)) {
      this.remove(soon);
      this.settle(soon, failure);
    }
  }
}

function raised({ generation }: Submitted): { generation?: number } {
  return generation === undefined ? {} : { generation };
}
