/**
 * Start-up of the machine: hands it what the store kept, chunk by chunk, with a turn of the event loop between them; sets aside
 * the records that it cannot use. They are set aside before anything is served, since a device that comes back gets a new record
 * under the same key.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { DamagedRecord, Gateway, Outcome } from '../gateway/contract.ts';
import { isSealed } from '../records/kinds.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import { wrongMasterKey } from './master-key.ts';
import type { Opened, Store } from './store/store.ts';

/**
 * Returns the machine's first outcome, and what the store missed, one sentence each. Rejects with what the store says when
 * records cannot be read back, and with a `StartError` when no secret opens.
 */
export async function restoreGateway(
  gateway: Gateway,
  store: Pick<Store, 'restore' | 'setAside'>,
  opened: Opened,
  clock: Clock,
  log: Log,
): Promise<{ readonly first: Outcome; readonly notes: readonly string[] }> {
  const damaged: DamagedRecord[] = [];
  let sealed = 0;
  const notes = await store.restore(async (chunk) => {
    sealed += chunk.filter(({ key }) => isSealed(key)).length;
    damaged.push(...gateway.restore(chunk, clock.now()));
    await turn();
  });
  refuseWrongKey(sealed, damaged);
  for (const note of notes) log.error({ reason: 'records-vanished' }, note);
  for (const one of damaged) await setAside(store, one, log);
  return { first: gateway.restored(opened.generation, opened.lastStop, clock.now()), notes };
}

/**
 * Bytes that are whole and do not open were sealed with another key. When no secret opens the key is the wrong one, whatever its
 * check file says or does not say: set aside, they would be lost to the right key too.
 */
function refuseWrongKey(sealed: number, damaged: readonly DamagedRecord[]): void {
  const unopened = damaged.filter(({ why }) => why === 'sealed').length;
  if (sealed > 0 && unopened === sealed) throw wrongMasterKey('Put the right one back; the secrets are as they were.');
}

/** One record that could not be set aside does not keep the others waiting: it is met again at the next start. */
async function setAside(
  store: Pick<Store, 'setAside'>,
  { record, why, whose }: DamagedRecord,
  log: Log,
): Promise<void> {
  try {
    await store.setAside(record, why);
    log.error({ peer: whose, reason: why, record: record.key }, 'a damaged record was set aside under quarantine/');
  } catch (error) {
    log.error({ peer: whose, reason: why, record: record.key, err: error }, 'a damaged record could not be set aside');
  }
}
