/**
 * The store opened and the machine restored out of it. A database that opens but cannot be read is found out only now: its next
 * open repairs a copy of it, so it is tried once more, with a machine that has seen nothing of the first try. Other damage ends
 * the start at once, with the one sentence of its error; so does all of it once devices are served.
 */
import type { Gateway } from '../gateway/contract.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import { type RestorationGuard, restoreGateway, type Serving } from './restoration.ts';
import { type Opened, type Store, StoreOpenError } from './store/store.ts';

export interface StoreStart<S extends Store, T extends Serving = Serving> {
  /** A store that is not open yet. */
  readonly makeStore: () => S;
  readonly createGateway: () => Gateway | Promise<Gateway>;
  readonly clock: Clock;
  readonly log: Log;
  /** Asked once the store is this process's own. */
  readonly guard?: () => RestorationGuard;
  /** Who serves, once that can be. */
  readonly servingWith: (opened: OpenedStore<S>) => T;
}

export interface OpenedStore<S extends Store> {
  readonly store: S;
  readonly opened: Opened;
  readonly gateway: Gateway;
}

export interface StartedStore<S extends Store, T extends Serving> extends OpenedStore<S> {
  readonly serving: T;
  /** What was found out as the records were read, one sentence each. */
  readonly notes: readonly string[];
}

/** Resolves when everything is read. Rejects with a `StoreOpenError`. */
export async function startStore<S extends Store, T extends Serving>(
  how: StoreStart<S, T>,
): Promise<StartedStore<S, T>> {
  const served = { yet: false };
  try {
    return await restored(how, served);
  } catch (error) {
    if (!(error instanceof StoreOpenError) || !error.nextOpenRepairs) throw error;
    if (served.yet) throw repairedAtNextStart(error);
    // Its own sentence says what to do when nothing helps; this is not yet that.
    const why = error.cause instanceof Error ? error.cause.message : error.message;
    how.log.error(`the store could not be read: ${why}; it is tried once more, on a repaired copy`);
  }
  return restored(how, served);
}

/** Devices were served already, so this process cannot begin anew; its own sentence would advise to give the store up. */
function repairedAtNextStart(error: StoreOpenError): StoreOpenError {
  const why = error.cause instanceof Error ? error.cause.message : error.message;
  const message = `the store could not be read to its end: ${why}. The next start works on a repaired copy.`;
  return new StoreOpenError(error.code, message, error, 'Start it again:  sudo systemctl start holdfast');
}

async function restored<S extends Store, T extends Serving>(
  { makeStore, createGateway, clock, log, guard, servingWith }: StoreStart<S, T>,
  served: { yet: boolean },
): Promise<StartedStore<S, T>> {
  const store = makeStore();
  const opening = store.open();
  const making = (async () => createGateway())();
  // Whichever fails, the other one is waited for: a store that is open is closed again.
  await Promise.allSettled([opening, making]);
  const opened = await opening;
  for (const note of opened.notes) log.error({ reason: 'store-repaired' }, note);
  try {
    const gateway = await making;
    const serving = servingWith({ store, opened, gateway });
    const begin: Serving['begin'] = (first) => {
      served.yet = true;
      serving.begin(first);
    };
    const restore: Serving['restore'] = (chunk) => serving.restore(chunk);
    const noting: Serving = { begin, restore, readOn: (isAll) => serving.readOn(isAll) };
    const notes = await restoreGateway({ gateway, store, opened, clock, log, serving: noting, guard: guard?.() });
    return { store, opened, gateway, serving, notes };
  } catch (error) {
    await store.close().catch(() => {});
    throw error;
  }
}
