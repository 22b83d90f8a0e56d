/**
 * Start-up of the machine: hands it what the store kept, chunk by chunk, with a turn of the event loop between them; sets aside
 * the records that it cannot use. They are set aside before anything is served, since a device that comes back gets a new record
 * under the same key. What the crash-loop breaker has convicted is set aside unread.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { StoredRecord } from '../commit/commit.ts';
import type { DamagedRecord, Gateway, Outcome } from '../gateway/contract.ts';
import type { InHand } from '../gateway/crash-loop.ts';
import type { PeerRecords } from '../gateway/peer-records.ts';
import { isSealed } from '../records/kinds.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import { wrongMasterKey } from './master-key.ts';
import type { Opened, Store } from './store/store.ts';

/** The crash-loop breaker, as far as a start has to do with it. */
export interface RestorationGuard {
  /** What is convicted at this start. */
  readonly culprit: InHand | undefined;
  /** No record is in hand any more. */
  nothingInHand(): void;
  recordsOf(peer: string): PeerRecords;
}

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
  guard?: RestorationGuard,
): Promise<{ readonly first: Outcome; readonly notes: readonly string[] }> {
  const damaged: DamagedRecord[] = [];
  const isConvicted = await convictedIn(store, guard);
  const convicted: StoredRecord[] = [];
  let sealed = 0;
  const notes = await store.restore(async (chunk) => {
    sealed += chunk.filter(({ key }) => isSealed(key)).length;
    const usable = isConvicted === undefined ? chunk : chunk.filter(({ key }) => !isConvicted(key));
    if (isConvicted !== undefined) convicted.push(...chunk.filter(({ key }) => isConvicted(key)));
    damaged.push(...gateway.restore(usable, clock.now()));
    guard?.nothingInHand();
    await turn();
  });
  refuseWrongKey(sealed, damaged);
  for (const note of notes) log.error({ reason: 'records-vanished' }, note);
  for (const one of damaged) await setAside(store, one, 'a damaged record', log);
  const why = 'the gateway died of it';
  for (const record of convicted) await setAside(store, { record, why, whose: undefined }, 'a record', log);
  const first = gateway.restored(opened.generation, opened.lastStop, clock.now(), guard?.culprit);
  guard?.nothingInHand();
  return { first, notes: [...notes, ...convictedNotes(guard?.culprit, convicted)] };
}

/** Which keys are convicted. A peer's records have to be found first, since not all of them name it. */
async function convictedIn(
  store: Pick<Store, 'restore'>,
  guard: RestorationGuard | undefined,
): Promise<((key: string) => boolean) | undefined> {
  const culprit = guard?.culprit;
  if (culprit === undefined || culprit.kind === 'address') return undefined;
  if (culprit.kind === 'record') return (key) => key === culprit.name;
  const records = guard?.recordsOf(culprit.name);
  await store.restore((chunk) => {
    for (const record of chunk) records?.look(record);
  });
  return (key) => records?.has(key) === true;
}

/** A muted peer is told by the machine. */
function convictedNotes(culprit: InHand | undefined, convicted: readonly StoredRecord[]): readonly string[] {
  if (culprit?.kind !== 'record' || convicted.length === 0) return [];
  return [`The record ${culprit.name} was set aside under quarantine/: the gateway died again and again of it.`];
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
  what: string,
  log: Log,
): Promise<void> {
  try {
    await store.setAside(record, why);
    log.error({ peer: whose, reason: why, record: record.key }, `${what} was set aside under quarantine/`);
  } catch (error) {
    log.error({ peer: whose, reason: why, record: record.key, err: error }, `${what} could not be set aside`);
  }
}
