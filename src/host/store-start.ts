/**
 * The store opened and the machine restored out of it. A database that opens but cannot be read is found out only now: its next
 * open repairs a copy of it, so it is tried once more, with a machine that has seen nothing of the first try. Other damage ends
 * the start at once, with the one sentence of its error.
 */
import type { Gateway, Outcome } from '../gateway/contract.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import { type RestorationGuard, restoreGateway } from './restoration.ts';
import { type Opened, type Store, StoreOpenError } from './store/store.ts';

export interface StoreStart<S extends Store> {
  /** A store that is not open yet. */
  readonly makeStore: () => S;
  readonly createGateway: () => Gateway;
  readonly clock: Clock;
  readonly log: Log;
  /** Asked once the store is this process's own. */
  readonly guard?: () => RestorationGuard;
}

export interface StartedStore<S extends Store> {
  readonly store: S;
  readonly opened: Opened;
  readonly gateway: Gateway;
  /** What the machine wants done first. */
  readonly first: Outcome;
}

/** Rejects with a `StoreOpenError`. */
export async function startStore<S extends Store>(how: StoreStart<S>): Promise<StartedStore<S>> {
  try {
    return await restored(how);
  } catch (error) {
    if (!(error instanceof StoreOpenError) || !error.nextOpenRepairs) throw error;
    // Its own sentence says what to do when nothing helps; this is not yet that.
    const why = error.cause instanceof Error ? error.cause.message : error.message;
    how.log.error(`the store could not be read: ${why}; it is tried once more, on a repaired copy`);
  }
  return restored(how);
}

async function restored<S extends Store>({
  makeStore,
  createGateway,
  clock,
  log,
  guard,
}: StoreStart<S>): Promise<StartedStore<S>> {
  const store = makeStore();
  const opened = await store.open();
  for (const note of opened.notes) log.error({ reason: 'store-repaired' }, note);
  const gateway = createGateway();
  try {
    const { first, notes } = await restoreGateway(gateway, store, opened, clock, log, guard?.());
    return { store, opened: { ...opened, notes: [...opened.notes, ...notes] }, gateway, first };
  } catch (error) {
    await store.close().catch(() => {});
    throw error;
  }
}
