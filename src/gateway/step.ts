/**
 * One step of the gateway while it is being made: parts put into it what they write, and what is to be done once that is
 * durable. `Commits.finish` turns it into an outcome.
 */
import type { PeerId } from '../base/address.ts';
import type { Now } from '../base/instants.ts';
import { bytesOfWrite, type CommitClass, type Write } from '../commit/commit.ts';
import type { Action } from './action.ts';
import type { Datagram } from './contract.ts';
import type { HandNote } from './crash-loop.ts';
import type { GatewayEvent } from './events.ts';

/** An action and the peer whose earlier answers it must not overtake. */
export interface Dependent {
  readonly peer: PeerId | undefined;
  readonly action: Action;
}

export class Step {
  readonly now: Now;
  readonly send: Datagram[] = [];
  readonly events: GatewayEvent[] = [];
  /** The associations whose records led to this step (one datagram may hold several): their receive windows go with every effect. */
  readonly sources: string[] = [];
  /** On whose account writes are made that must be durable before an answer; undefined: on nobody's. */
  payer: PeerId | undefined;
  /** Bytes of keys and values written on account of peers; a peer may be there more than once. */
  readonly charges: { readonly peer: PeerId; bytes: number }[] = [];
  /** By key. Most steps write in one class or in none. */
  private durable: Map<string, Write> | undefined;
  private soon: Map<string, Write> | undefined;
  private dependents: Dependent[] = [];
  private firstOfAll: Action[] = [];

  /** Says whose input is worked on from here on, should the process die of it. */
  readonly nowInHand: HandNote;

  constructor(now: Now, nowInHand: HandNote = () => {}) {
    this.now = now;
    this.nowInHand = nowInHand;
  }

  /** `brief`: the value is likely to be removed within minutes (see `Write`). */
  put(commitClass: CommitClass, key: string, value: Uint8Array, brief = false): void {
    this.write(commitClass, brief ? { key, value, brief } : { key, value });
  }

  remove(commitClass: CommitClass, key: string): void {
    this.write(commitClass, { key, value: undefined });
  }

  /** To be done once all writes of this step, and all earlier ones of the peer, are durable. */
  afterCommit(peer: PeerId | undefined, action: Action): void {
    this.dependents.push({ peer, action });
  }

  /** To be done in this step, before its commit is made: what it writes goes into that. */
  beforeCommit(action: Action): void {
    this.firstOfAll.push(action);
  }

  /** An event that depends on nothing. */
  tell(event: GatewayEvent): void {
    this.events.push(event);
  }

  /** What `work` writes is charged to the peer. */
  onAccountOf(peer: PeerId, work: () => void): void {
    const { payer } = this;
    this.payer = peer;
    work();
    this.payer = payer;
  }

  /** A record of this association led to this step. */
  addSource(association: string): void {
    if (!this.sources.includes(association)) this.sources.push(association);
  }

  hasWrites(commitClass: CommitClass): boolean {
    return ((commitClass === 'soon' ? this.soon : this.durable)?.size ?? 0) > 0;
  }

  /** Whether it writes a record whose key fits. */
  writesAny(commitClass: CommitClass, fits: (key: string) => boolean): boolean {
    const writes = commitClass === 'soon' ? this.soon : this.durable;
    for (const key of writes?.keys() ?? []) if (fits(key)) return true;
    return false;
  }

  takeWrites(commitClass: CommitClass): Write[] {
    const taken = commitClass === 'soon' ? this.soon : this.durable;
    if (commitClass === 'soon') this.soon = undefined;
    else this.durable = undefined;
    return taken === undefined ? [] : [...taken.values()];
  }

  takeFirst(): Action | undefined {
    return this.firstOfAll.shift();
  }

  takeDependents(): Dependent[] {
    const taken = this.dependents;
    this.dependents = [];
    return taken;
  }

  private write(commitClass: CommitClass, write: Write): void {
    // A value of a key goes with the stronger class of the two that one step may write it in.
    if (commitClass === 'soon' && this.durable?.has(write.key) !== true) {
      this.soon ??= new Map();
      this.soon.set(write.key, write);
      return;
    }
    this.soon?.delete(write.key);
    this.durable ??= new Map();
    this.durable.set(write.key, write);
    if (this.payer !== undefined) this.charge(this.payer, bytesOfWrite(write));
  }

  private charge(peer: PeerId, bytes: number): void {
    const last = this.charges.at(-1);
    if (last?.peer === peer) last.bytes += bytes;
    else this.charges.push({ peer, bytes });
  }
}
