/**
 * Carries commits to the store, one batch at a time, in the order that the scheduler gives; reports what has become durable.
 *
 *   add ──► scheduler ──► store.commit ──┬─ done ─────► committed(upTo)
 *                                        └─ rejected ─► state, recover with back-off, resume, state 'ok'
 *
 * After a rejected write nothing more is handed to the store until it has been closed, reopened and found whole: what an engine
 * acknowledges after one error may be gone at its next open.
 */
import type { Monotonic } from '../base/instants.ts';
import type { Commit, CommitId } from '../commit/commit.ts';
import type { CommitScheduler } from '../commit/commit-scheduler.ts';
import type { StoreState } from '../gateway/contract.ts';
import type { Clock } from './clock.ts';
import { type Store, StoreError } from './store/store.ts';

/** The part of the commit scheduler that the host drives. */
export type Scheduler = Pick<
  CommitScheduler,
  'add' | 'next' | 'nextDeadline' | 'written' | 'rejected' | 'resume' | 'drain'
>;

/** The part of the store that the running gateway uses. */
export type RunningStore = Pick<Store, 'commit' | 'recover' | 'close'>;

export interface PumpEvents {
  committed(upTo: CommitId): void;
  storeState(state: StoreState, cause: unknown): void;
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
  private underWay: Promise<void> | undefined;
  private recovery: { timer: NodeJS.Timeout | undefined } | undefined;
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

  /** Starts the next write when one is due; after a rejection the scheduler has none until `resume`. Harmless at any time. */
  pump(): void {
    if (this.stopping || this.underWay !== undefined) return;
    const batch = this.scheduler.next(this.clock.now().monotonic);
    if (batch === undefined) return;
    const write = this.store.commit(batch.writes).then(
      () => this.done(),
      (error: unknown) => this.rejected(error),
    );
    this.underWay = write.catch((error: unknown) => this.events.fatal(error));
  }

  /** When `pump` is to be called next, if nothing happens before. */
  nextDeadline(): Monotonic | undefined {
    if (this.stopping || this.underWay !== undefined) return undefined;
    return this.scheduler.nextDeadline()?.at;
  }

  /**
   * The clean stop: waits for the write under way, writes all that waits together with the mark of a clean stop, reports it and
   * closes the store. False when the store could not take it: then the next start treats this stop as a power cut.
   */
  async finish(): Promise<boolean> {
    this.stopping = true;
    await this.underWay;
    if (this.recovery !== undefined) {
      clearTimeout(this.recovery.timer);
      await this.store.close().catch(() => {});
      return false;
    }
    const batch = this.scheduler.drain(this.clock.now().monotonic);
    try {
      await this.store.close(batch?.writes ?? []);
    } catch (error) {
      this.events.storeState(stateAfter(error), error);
      return false;
    }
    const upTo = batch === undefined ? undefined : this.scheduler.written(this.clock.now().monotonic);
    if (upTo !== undefined) this.events.committed(upTo);
    return true;
  }

  private done(): void {
    this.underWay = undefined;
    const upTo = this.scheduler.written(this.clock.now().monotonic);
    if (upTo !== undefined) this.events.committed(upTo);
    this.events.settled();
  }

  private rejected(error: unknown): void {
    this.underWay = undefined;
    this.scheduler.rejected(this.clock.now().monotonic);
    this.recovery = { timer: undefined };
    this.events.storeState(stateAfter(error), error);
    this.recoverAfter(this.recoverFirstMs);
  }

  private recoverAfter(waitMs: number): void {
    const recovery = this.recovery;
    if (recovery === undefined || this.stopping) return;
    recovery.timer = setTimeout(() => {
      this.underWay = this.store.recover().then(
        () => this.recovered(),
        (error: unknown) => this.stillBroken(error, waitMs),
      );
      this.underWay = this.underWay.catch((error: unknown) => this.events.fatal(error));
    }, waitMs);
  }

  private recovered(): void {
    this.underWay = undefined;
    this.recovery = undefined;
    this.scheduler.resume(this.clock.now().monotonic);
    this.events.storeState('ok', undefined);
    this.events.settled();
  }

  private stillBroken(error: unknown, waitedMs: number): void {
    this.underWay = undefined;
    this.events.storeState(stateAfter(error), error);
    this.recoverAfter(Math.min(waitedMs * 2, recoverLatestMs));
  }
}

/** What a store's rejection means for the gateway. */
function stateAfter(error: unknown): StoreState {
  return error instanceof StoreError ? error.kind : 'failed';
}
