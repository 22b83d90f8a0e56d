/**
 * What was learned of each device: whether it answers a handshake from here, takes sessions up, uses connection IDs, and keeps its
 * connection when it is idle; and where it was last. Owns the records `ld/` (soon); they go with the device.
 *
 * Limits: as many as there are names of devices.
 */
import type { Address, ListenerName } from '../base/address.ts';
import type { Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import type { CommitClass, StoredRecord } from '../commit/commit.ts';
import type { OfferedSession, Role } from '../dtls/dtls-output.ts';
import { type LearnedRecord, learnedRecord } from '../records/learned-record.ts';
import { encodeKind, keyOf } from '../records/record-kind.ts';
import type { Credentials } from './credentials.ts';
import { type Foundations, type Part, type Restored, restoreKind } from './part.ts';
import type { Step } from './step.ts';

/** A handshake that succeeded. */
export interface Connected {
  readonly listener: ListenerName;
  readonly address: Address;
  readonly role: Role;
  readonly resumed: boolean;
  readonly offered: OfferedSession | undefined;
  readonly usesConnectionId: boolean;
}

export class Learned implements Part {
  private readonly byEndpoint = new Map<string, LearnedRecord>();
  private readonly foundations: Foundations;
  private readonly credentials: Credentials;

  constructor(foundations: Foundations, credentials: Credentials) {
    this.foundations = foundations;
    this.credentials = credentials;
  }

  of(endpoint: string): LearnedRecord | undefined {
    return this.byEndpoint.get(endpoint);
  }

  /** Its connections come and go, and it can be shaken hands with: losing the record of one costs what it does anyway. */
  isBrief(identity: string): boolean {
    const known = this.byEndpoint.get(this.credentials.endpointOf(identity) ?? '');
    return known?.keepsConnection === false && known.handshake === true;
  }

  /** `idleMs`: it began by itself although it had a connection, over which it had said nothing for so long. */
  connected(endpoint: string, connected: Connected, idleMs: number | undefined, step: Step): void {
    const { listener, address, role, usesConnectionId } = connected;
    const known = this.byEndpoint.get(endpoint) ?? nothingLearned;
    const drops = idleMs === undefined || idleMs < limits.idleDroppedMs ? known.drops : known.drops + 1;
    const keepsConnection = drops >= limits.dropsMax ? false : known.keepsConnection;
    const where = { listener, address, connectionId: usesConnectionId, drops, keepsConnection };
    if (role === 'server') return this.keep(endpoint, { ...known, ...where }, step);
    const triedAtUptimeMs = known.handshake === true ? known.triedAtUptimeMs : this.foundations.uptime.at(step.now);
    const accepts = { handshake: true, triedAtUptimeMs, failures: 0, resumption: resumption(connected, known) };
    this.keep(endpoint, { ...known, ...where, ...accepts }, step);
  }

  /** It is reached there; its connection, which says so too, goes in this step. */
  seenAt(endpoint: string, listener: ListenerName, address: Address, step: Step): void {
    this.keep(
      endpoint,
      { ...(this.byEndpoint.get(endpoint) ?? nothingLearned), listener, address },
      step,
      'before-ack',
    );
  }

  /** It proved itself there: kept with the connection that says so too, for when that is gone. */
  isAt(identity: string, listener: ListenerName, address: Address, commitClass: CommitClass, step: Step): void {
    const endpoint = this.credentials.endpointOf(identity);
    if (endpoint === undefined) return;
    const known = this.byEndpoint.get(endpoint) ?? nothingLearned;
    if (known.listener === listener && known.address === address) return;
    this.keep(endpoint, { ...known, listener, address }, step, commitClass);
  }

  /** A handshake from here came to nothing. That a device which once answered does not now says little: it may be off. */
  failedToConnect(endpoint: string, step: Step): void {
    const known = this.byEndpoint.get(endpoint);
    if (known === undefined) return;
    const failures = known.failures + 1;
    const handshake = known.handshake !== true && failures >= limits.connectFailuresMax ? false : known.handshake;
    this.keep(endpoint, { ...known, handshake, failures, triedAtUptimeMs: this.foundations.uptime.at(step.now) }, step);
  }

  /** A message came over the same connection as the one before it, so long after it. */
  idled(endpoint: string, idleMs: number, step: Step): void {
    const known = this.byEndpoint.get(endpoint);
    if (known === undefined || idleMs < limits.idleKeptMs) return;
    this.keep(endpoint, { ...known, keepsConnection: true, drops: 0 }, step);
  }

  /** Somebody asks for a handshake whatever was learned: it is tried anew. */
  tryAnew(endpoint: string, step: Step): void {
    const known = this.byEndpoint.get(endpoint);
    if (known === undefined) return;
    const handshake = known.handshake === false ? undefined : known.handshake;
    this.keep(endpoint, { ...known, handshake, failures: 0 }, step);
  }

  forget(endpoint: string, step: Step): void {
    if (this.byEndpoint.delete(endpoint)) step.remove('soon', keyOf(learnedRecord, endpoint));
  }

  restore(record: StoredRecord): Restored {
    const { aead, uptime } = this.foundations;
    const taken = restoreKind(learnedRecord, aead, record, ([endpoint = ''], value) => {
      this.byEndpoint.set(endpoint, value);
      if (value.triedAtUptimeMs !== undefined) uptime.sawRecordOf(value.triedAtUptimeMs);
    });
    return taken ?? 'foreign';
  }

  restored(_step: Step): void {}

  advance(_step: Step): void {}

  nextDeadline(): { at: Monotonic; reason: string } | undefined {
    return undefined;
  }

  /** Before an acknowledgement it is written even if it is the same: it may not be durable yet. */
  private keep(endpoint: string, learned: LearnedRecord, step: Step, commitClass: CommitClass = 'soon'): void {
    const known = this.byEndpoint.get(endpoint);
    if (commitClass === 'soon' && known !== undefined && isSame(known, learned)) return;
    this.byEndpoint.set(endpoint, learned);
    const key = keyOf(learnedRecord, endpoint);
    step.put(commitClass, key, encodeKind(learnedRecord, this.foundations.aead, key, learned));
  }
}

const nothingLearned: LearnedRecord = {
  listener: '',
  address: '',
  handshake: undefined,
  triedAtUptimeMs: undefined,
  failures: 0,
  resumption: undefined,
  connectionId: undefined,
  keepsConnection: undefined,
  drops: 0,
};

/** A session that was made with us as its server is not every device's to take up: that it was not says nothing. */
function resumption({ resumed, offered }: Connected, known: LearnedRecord): boolean | undefined {
  if (resumed) return true;
  return offered === 'made-as-client' ? false : known.resumption;
}

function isSame(a: LearnedRecord, b: LearnedRecord): boolean {
  return (Object.keys(a) as (keyof LearnedRecord)[]).every((name) => a[name] === b[name]);
}
