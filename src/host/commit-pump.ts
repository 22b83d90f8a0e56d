/**
 * Carries commits to the store, one batch of each class at a time, in the order that the scheduler gives; reports what has become
 * durable.
 *
 *   add ──► scheduler ──► store.commit ──┬─ done ─────► committed(upTo)
 *                                        └─ rejected ─► state, recover with back-off, resume, state 'ok'
 *
 * A refused `soon` batch is only trouble: the store goes on with the other class while it can, and the state stays 'ok'.
 */
import type { Monotonic } from '../base/instants.ts';
import type { Commit, CommitClass, CommitId } from '../commit/commit.ts';
import type { Batch, CommitScheduler } from '../commit/commit-scheduler.ts';
import type { StoreState } from '../gateway/contract.ts';
import type { Clock } from './clock.ts';
import { type Store, StoreError } from './store/store.ts';

/** The part of the commit scheduler that the host drives. */
export type Scheduler = Pick<
  CommitScheduler,
  'add' | 'next' | 'nextDeadline' | 'written' | 'rejected' | 'resume' | 'hasten' | 'drain'
>;

/** The part of the store that the running gateway uses. */
export type RunningStore = Pick<Store, 'commit' | 'recover' | 'close' | 'wantsSoon'>;

export interface PumpEvents {
  committed(upTo: CommitId): void;
  storeState(state: StoreState, cause: unknown): void;
  /** What nobody waits for could not be written; everything else goes on. */
  trouble(cause: unknown): void;
  /** A write or a recovery has ended: what is due next may have changed. */
  settled(): void;
  fatal(error: unknown): never;
}

const recoverFirstMs = 1_000;
const recoverLatestMs = 60_000;

export class CommitPump {
  private readonly scheduler: Scheduler;
  private readonly store: RunningStore;
  private readonly clock: Clock;
  private readonly events: PumpEvents;
  private readonly recoverFirstMs: number;
  /** What the store has not ended yet, and since when, oldest first. */
  private readonly underWay = new Map<Promise<void>, Monotonic>();
  private recovery: { timer: NodeJS.Timeout | undefined } | undefined;
  private state: StoreState = 'ok';
  private stopping = false;

  constructor(
    scheduler: Scheduler,
    store: RunningStore,
    clock: Clock,
    events: PumpEvents,
    firstBackOffMs = recoverFirstMs,
  ) {
    this.scheduler = scheduler;
    this.store = store;
    this.clock = clock;
    this.events = events;
    this.recoverFirstMs = firstBackOffMs;
  }

  /** Takes commits in the order of their ids. Writes nothing yet. */
  add(commits: readonly Commit[], now: Monotonic): void {
    for (const commit of commits) this.scheduler.add(commit, now);
  }

  /** Starts the writes that are due; after a rejection the scheduler has none until `resume`. Harmless at any time. */
  pump(): void {
    if (this.stopping) return;
    if (this.store.wantsSoon) this.scheduler.hasten();
    for (let batch = this.nextBatch(); batch !== undefined; batch = this.nextBatch()) this.write(batch);
  }

  /** When `pump` is to be called next, if nothing happens before. */
  nextDeadline(): Monotonic | undefined {
    return this.stopping ? undefined : this.scheduler.nextDeadline()?.at;
  }

  /** Since when the oldest write or recovery has been under way; undefined when none is. */
  get underWaySince(): Monotonic | undefined {
    return this.underWay.values().next().value;
  }

  /**
   * The clean stop: waits for what is under way, writes all that waits together with the mark of a clean stop, reports it and
   * closes the store. False when the store could not take it: then the next start treats this stop as a power cut.
   */
  async finish(): Promise<boolean> {
    this.stopping = true;
    clearTimeout(this.recovery?.timer);
    while (this.underWay.size > 0) await Promise.all(this.underWay.keys());
    const { writes, upTo } = this.scheduler.drain();
    try {
      // A journal may still take what the database refuses; that stop is not a clean one, but loses nothing.
      if (this.recovery !== undefined) await this.store.commit(writes, 'before-ack');
      await this.store.close(this.recovery === undefined ? writes : undefined);
    } catch (error) {
      this.events.storeState(stateAfter(error), error);
      await this.store.close().catch(() => {});
      return false;
    }
    if (upTo !== undefined) this.events.committed(upTo);
    return this.recovery === undefined;
  }

  private nextBatch(): Batch | undefined {
    return this.scheduler.next(this.clock.now().monotonic);
  }

  private write(batch: Batch): void {
    this.track(
      this.store.commit(batch.writes, batch.class).then(
        () => this.done(batch.class),
        (error: unknown) => this.rejected(batch.class, error),
      ),
    );
  }

  /** What ends with an error of its own ends the process. */
  private track(work: Promise<void>): void {
    const tracked = work.catch((error: unknown) => this.events.fatal(error));
    this.underWay.set(tracked, this.clock.now().monotonic);
    void tracked.finally(() => this.underWay.delete(tracked));
  }

  private done(commitClass: CommitClass): void {
    const upTo = this.scheduler.written(commitClass);
    if (upTo !== undefined) this.events.committed(upTo);
    this.events.settled();
  }

  private rejected(commitClass: CommitClass, error: unknown): void {
    // A store refuses with a reason. Anything else is a fault of ours, and ends the process.
    if (!(error instanceof StoreError)) throw error;
    this.scheduler.rejected(commitClass, this.clock.now().monotonic);
    if (commitClass === 'soon') this.events.trouble(error);
    else this.changeState(stateAfter(error), error);
    if (this.recovery !== undefined) return;
    this.recovery = { timer: undefined };
    this.recoverAfter(this.recoverFirstMs);
  }

  private recoverAfter(waitMs: number): void {
    const { recovery } = this;
    if (recovery === undefined || this.stopping) return;
    recovery.timer = setTimeout(() => {
      this.track(
        this.store.recover().then(
          () => this.recovered(),
          (error: unknown) => this.stillBroken(error, waitMs),
        ),
      );
    }, waitMs);
  }

  private recovered(): void {
    this.recovery = undefined;
    this.scheduler.resume();
    this.changeState('ok', undefined);
    this.events.settled();
  }

  private stillBroken(error: unknown, waitedMs: number): void {
    if (this.state === 'ok') this.events.trouble(error);
    else this.changeState(stateAfter(error), error);
    this.recoverAfter(Math.min(waitedMs * 2, recoverLatestMs));
  }

  private changeState(state: StoreState, cause: unknown): void {
    this.state = state;
    this.events.storeState(state, cause);
  }
}

/** What a store's rejection means for the gateway. */
function stateAfter(error: unknown): StoreState {
  return error instanceof StoreError ? error.kind : 'failed';
}
