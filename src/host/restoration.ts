/**
 * Start-up of the machine: hands it what the store kept, chunk by chunk, with a turn of the event loop between them; sets aside
 * the records that it cannot use. They are set aside before they could be needed, since a device that comes back gets a new record
 * under the same key. What the crash-loop breaker has convicted is set aside unread.
 *
 *   what everybody needs ─► serving begins ─► what is late, device by device, while devices are served ─► all is read
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { StoredRecord } from '../commit/commit.ts';
import type { DamagedRecord, Gateway, Outcome } from '../gateway/contract.ts';
import type { InHand } from '../gateway/crash-loop.ts';
import type { PeerRecords } from '../gateway/peer-records.ts';
import { isSealed } from '../records/kinds.ts';
import { isLate } from '../records/late-kinds.ts';
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

/** Who serves with the machine while it reads on. */
export interface Serving {
  /** With what the machine wants done first. */
  begin(first: Outcome): void;
  /** Calls `Gateway.restore`. What it throws ends the process here and now, while it is noted what it died of. */
  restore(chunk: readonly StoredRecord[]): readonly DamagedRecord[];
  /** Calls `Gateway.readOn`, and carries out what it asks for. */
  readOn(isAll: boolean): void;
}

export interface RestorationParts {
  readonly gateway: Gateway;
  readonly store: Pick<Store, 'restore' | 'setAside'>;
  readonly opened: Opened;
  readonly clock: Clock;
  readonly log: Log;
  readonly serving: Serving;
  readonly guard?: RestorationGuard | undefined;
}

/**
 * Resolves, when everything is read, to what the store missed, one sentence each. Rejects with what the store says when records
 * cannot be read back, and with a `StartError` when no secret opens.
 */
export async function restoreGateway(parts: RestorationParts): Promise<readonly string[]> {
  const { store, guard } = parts;
  const isConvicted = await convictedIn(store, guard);
  return new Restoration(parts, isConvicted).run();
}

class Restoration {
  private readonly parts: RestorationParts;
  private readonly isConvicted: ((key: string) => boolean) | undefined;
  private readonly damaged: DamagedRecord[] = [];
  private readonly convicted: StoredRecord[] = [];
  private sealed = 0;
  private serves = false;

  constructor(parts: RestorationParts, isConvicted: ((key: string) => boolean) | undefined) {
    this.parts = parts;
    this.isConvicted = isConvicted;
  }

  async run(): Promise<readonly string[]> {
    const { gateway, store, log, serving, guard } = this.parts;
    const notes = await store.restore(async (chunk) => {
      const beginsLate = !this.serves && isLate(chunk[0]?.key ?? '');
      if (beginsLate && gateway.mayServe && guard?.culprit === undefined) await this.beginServing();
      this.take(chunk);
      if (this.serves) {
        await this.setAsideDamaged();
        serving.readOn(false);
      }
      await turn();
    });
    for (const note of notes) log.error({ reason: 'records-vanished' }, note);
    if (!this.serves) await this.beginServing();
    serving.readOn(true);
    return [...notes, ...convictedNotes(guard?.culprit, this.convicted)];
  }

  private take(chunk: readonly StoredRecord[]): void {
    const { gateway, clock, guard, serving } = this.parts;
    const { isConvicted } = this;
    this.sealed += chunk.filter(({ key }) => isSealed(key)).length;
    const usable = isConvicted === undefined ? chunk : chunk.filter(({ key }) => !isConvicted(key));
    if (isConvicted !== undefined) this.convicted.push(...chunk.filter(({ key }) => isConvicted(key)));
    this.damaged.push(...(this.serves ? serving.restore(usable) : gateway.restore(usable, clock.now())));
    guard?.nothingInHand();
  }

  private async beginServing(): Promise<void> {
    const { gateway, store, opened, clock, log, serving, guard } = this.parts;
    refuseWrongKey(this.sealed, this.damaged);
    await this.setAsideDamaged();
    const why = 'the gateway died of it';
    for (const record of this.convicted) await setAside(store, { record, why, whose: undefined }, 'a record', log);
    serving.begin(gateway.restored(opened.generation, opened.lastStop, clock.now(), guard?.culprit));
    guard?.nothingInHand();
    this.serves = true;
  }

  private async setAsideDamaged(): Promise<void> {
    const { store, log } = this.parts;
    for (const one of this.damaged.splice(0)) await setAside(store, one, 'a damaged record', log);
  }
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
