/**
 * The secure side of the gateway: listeners, DTLS associations, sessions, tickets, and what is kept of them. Translates what
 * the DTLS layer tells into writes, counts and messages. Owns the records `as/`, `aw/`, `ss/`, `cs/`, `tk/`.
 */
import type { Address, ListenerName, PeerId } from '../base/address.ts';
import { randomBytes } from '../base/entropy.ts';
import { after, type Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import type { CommitClass, StoredRecord } from '../commit/commit.ts';
import { type Association, type AssociationSnapshot, isCertificateSuite } from '../dtls/association.ts';
import { DtlsEndpoint, type DtlsEndpointOptions, type Purpose } from '../dtls/dtls-endpoint.ts';
import { type DtlsEvent, DtlsOutput } from '../dtls/dtls-output.ts';
import type { ConnectRefusal, ConnectTo } from '../dtls/handshakes.ts';
import { type AssociationHead, associationHead, associationRecord } from '../records/association-record.ts';
import { clientSessionRecord } from '../records/client-session-record.ts';
import { encodeGeneration, generationKey } from '../records/generation-record.ts';
import { clearOf, decodeKind, encodeKind, keyOf, namesIn } from '../records/record-kind.ts';
import { sessionRecord } from '../records/session-record.ts';
import { bytesOf, Slabs } from '../records/slab.ts';
import { type TicketKeysRecord, ticketKeysRecord } from '../records/ticket-keys-record.ts';
import { type WindowRecord, windowRecord } from '../records/window-record.ts';
import type { Counters } from './counters.ts';
import type { Credentials } from './credentials.ts';
import type { Learned } from './learned.ts';
import { type Foundations, type Part, type Restored, restoreKind } from './part.ts';
import { type Refusals, refusalText } from './refusals.ts';
import type { Step } from './step.ts';

/** A message that came in over an association. */
export interface Plaintext {
  readonly peer: PeerId;
  readonly identity: string;
  readonly association: string;
  readonly serial: number;
  readonly from: Address;
  readonly bytes: Uint8Array;
}

const ticketKeysName = 'keys';
interface KeptAssociation {
  readonly head: AssociationHead;
  readonly exported: AssociationSnapshot['exported'];
}

export class Connections implements Part {
  readonly dtls: DtlsEndpoint;
  private readonly foundations: Foundations;
  private readonly counters: Counters;
  private readonly refusals: Refusals;
  private readonly associationRecords = new Map<string, KeptAssociation>();
  private readonly slabs = new Slabs();
  /** A connection was kept of which only what its device proved tells whether it still counts. */
  restoreNeedsCredentials = false;
  private readonly windowRecords = new Map<string, WindowRecord>();
  private readonly isMuted: (identity: string) => boolean;
  private ticketKeys: TicketKeysRecord = { keys: [] };
  private ticketKeyDueAt: Monotonic | undefined;
  private durableGeneration = 0;
  private readonly learned: Pick<Learned, 'isBrief' | 'isAt'>;
  private readonly credentials: Pick<Credentials, 'proved'>;
  /** Handshakes since this start, by peer. */
  private readonly handshakes = new Map<PeerId, number>();

  constructor(
    foundations: Foundations,
    counters: Counters,
    refusals: Refusals,
    dtls: Omit<DtlsEndpointOptions, 'entropy' | 'uptimeMs'> & { readonly isMuted: (identity: string) => boolean },
    uptimeMs: () => number,
    devices: { readonly learned: Pick<Learned, 'isBrief' | 'isAt'>; readonly credentials: Pick<Credentials, 'proved'> },
  ) {
    this.learned = devices.learned;
    this.credentials = devices.credentials;
    this.foundations = foundations;
    this.counters = counters;
    this.refusals = refusals;
    this.isMuted = dtls.isMuted;
    this.dtls = new DtlsEndpoint({ ...dtls, entropy: foundations.entropy, uptimeMs });
  }

  /** The association over which a peer is reached, if it has one. */
  current(peer: PeerId): Association | undefined {
    return this.dtls.routes.ofPeer(peer)[0];
  }

  handshakesOf(peer: PeerId): number {
    return this.handshakes.get(peer) ?? 0;
  }

  receive(listener: ListenerName, from: Address, datagram: Uint8Array, step: Step): readonly Plaintext[] {
    return this.take(this.dtls.receive(listener, from, datagram, step.now.monotonic), step, datagram);
  }

  /** Begins a handshake: an action `connected` or `connect-failed` follows. Returns why none is begun, if none is. */
  connect(to: ConnectTo, step: Step): ConnectRefusal | undefined {
    const output = new DtlsOutput();
    const refusal = this.dtls.connect(to, step.now.monotonic, output);
    this.take(output, step);
    return refusal;
  }

  /** Gives up a handshake that was begun. */
  abandon(listener: ListenerName, address: Address, step: Step): void {
    const output = new DtlsOutput();
    this.dtls.abandon(listener, address, output);
    this.take(output, step);
  }

  /** Whether a handshake toward this identity may be an abbreviated one. */
  canResume(identity: string): boolean {
    return this.dtls.canResume(identity);
  }

  /** Ends the connections of an identity, and not its sessions. True when there was one. */
  endAssociations(identity: string, step: Step): boolean {
    const output = new DtlsOutput();
    this.dtls.end(identity, output);
    this.take(output, step);
    const ended = output.events.filter((event) => event.kind === 'ended');
    for (const event of ended) this.forget(event.association, 'before-ack', step);
    return ended.length > 0;
  }

  seal(peer: PeerId, bytes: Uint8Array, purpose: Purpose, step: Step): void {
    const output = new DtlsOutput();
    this.dtls.seal(peer, bytes, purpose, output);
    this.take(output, step);
  }

  /** An exchange with a token of ours was answered from there. */
  confirm(peer: PeerId, from: Address, step: Step): void {
    const output = new DtlsOutput();
    this.dtls.confirm(peer, from, step.now.monotonic, output);
    this.take(output, step);
  }

  /** The key of this identity has changed or gone: its associations and sessions end, on all listeners. */
  end(identity: string, step: Step): void {
    this.dtls.sessions.forgetIdentity(identity);
    this.dtls.clientSessions.forget(identity);
    // In the commit of the change: after a cut nobody may come back over a connection whose key was taken away.
    this.endAssociations(identity, step);
  }

  /** Puts the receive windows of the step's associations beside the effects of what they received. */
  addWindow(step: Step, commitClass: CommitClass): void {
    for (const source of step.sources) {
      const association = this.dtls.routes.byId.get(source);
      if (association?.established) this.writeWindow(association, commitClass, step);
    }
  }

  /** What was received without an effect is kept as received, soon: a repetition of a message must not serve twice. */
  noteReceived(step: Step): void {
    if (!step.hasWrites('before-ack')) this.addWindow(step, 'soon');
  }

  associationDurable(id: string): void {
    const association = this.dtls.routes.byId.get(id);
    if (association !== undefined) association.kept = true;
  }

  /** Whether a cut leaves the peer the connection that it has now; without DTLS there is none to lose. */
  outlivesCut(peer: PeerId): boolean {
    return this.current(peer)?.kept ?? true;
  }

  generationDurable(generation: number): void {
    this.durableGeneration = generation;
    this.dtls.raiseGeneration(generation);
  }

  restore(record: StoredRecord): Restored {
    const { aead, uptime } = this.foundations;
    return (
      this.restoreAssociation(record) ??
      restoreKind(windowRecord, aead, record, ([id = ''], value) => this.windowRecords.set(id, value)) ??
      restoreKind(sessionRecord, aead, record, ([id = ''], value) => {
        uptime.sawRecordOf(value.uptimeMs);
        this.dtls.sessions.restore({ id, ...value });
      }) ??
      restoreKind(clientSessionRecord, aead, record, ([identity = ''], value) => {
        uptime.sawRecordOf(value.uptimeMs);
        this.dtls.clientSessions.restore({ identity, ...value });
      }) ??
      restoreKind(ticketKeysRecord, aead, record, (_names, value) => {
        for (const { uptimeMs } of value.keys) uptime.sawRecordOf(uptimeMs);
        this.ticketKeys = value;
      }) ??
      'foreign'
    );
  }

  /** Its keys stay sealed until it is needed; the first that is restored is opened, to know whether any can be. */
  private restoreAssociation(record: StoredRecord): Restored | undefined {
    const [id] = namesIn(associationRecord, record.key) ?? [];
    if (id === undefined) return undefined;
    const { aead, uptime } = this.foundations;
    const read = aead.isProven === true ? clearOf(associationRecord, record.key, record.value) : undefined;
    const keep = (head: AssociationHead, exported: KeptAssociation['exported']): Restored => {
      uptime.sawRecordOf(head.establishedAtUptimeMs);
      this.restoreNeedsCredentials ||= isCertificateSuite(head.suite);
      this.associationRecords.set(id, { head, exported });
      return 'ours';
    };
    if (read === undefined) {
      const decoded = decodeKind(associationRecord, aead, record.key, record.value);
      return 'why' in decoded ? { damaged: decoded.why } : keep(decoded.value, decoded.value.exported);
    }
    const head = 'why' in read ? undefined : associationHead(read.clear);
    if ('why' in read || head === undefined) return { damaged: 'why' in read ? read.why : 'malformed' };
    const [piece, { key }] = [this.slabs.add(record.value), record];
    return keep(head, () => {
      const decoded = decodeKind(associationRecord, aead, key, bytesOf(piece));
      return 'why' in decoded ? undefined : decoded.value.exported;
    });
  }

  /** Whose a record of a connection is, if its association was restored before it. */
  identityOf(key: string): string | undefined {
    const [id = ''] = namesIn(windowRecord, key) ?? [];
    return this.associationRecords.get(id)?.head.identity;
  }

  restoredWith(generation: number, step: Step): void {
    this.durableGeneration = generation;
    let untrusted = 0;
    for (const [id, { head, exported }] of this.associationRecords) {
      const window = this.windowRecords.get(id);
      this.windowRecords.delete(id);
      if (window === undefined) {
        // It was lost: whatever was received since the handshake could be sent once more. One new handshake instead.
        step.remove('before-ack', keyOf(associationRecord, id));
        continue;
      }
      if (!this.dtls.mayRestore(head.identity, head.suite)) {
        this.forget(id, 'before-ack', step);
        untrusted++;
        continue;
      }
      const address = window.address as Address;
      const snapshot = { ...head, id, address, exported, listener: head.listener as ListenerName };
      this.dtls.restore(snapshot, window.window);
    }
    if (untrusted > 0) tellUntrusted(untrusted, step);
    // A window without its association is what is left of an ended one.
    for (const id of this.windowRecords.keys()) step.remove('soon', keyOf(windowRecord, id));
    this.associationRecords.clear();
    this.windowRecords.clear();
    this.dtls.restoredAll({ started: generation, durable: generation }, step.now.monotonic);
  }

  restored(step: Step): void {
    this.rotateTicketKeys(step);
  }

  advance(step: Step): void {
    this.take(this.dtls.advance(step.now.monotonic), step);
    if (this.ticketKeyDueAt !== undefined && this.ticketKeyDueAt <= step.now.monotonic) this.rotateTicketKeys(step);
  }

  nextDeadline(): { at: Monotonic; reason: string } | undefined {
    const at = this.dtls.nextDeadline();
    const rotation = this.ticketKeyDueAt;
    if (rotation !== undefined && (at === undefined || rotation < at))
      return { at: rotation, reason: 'a new ticket key' };
    return at === undefined ? undefined : { at, reason: 'a DTLS handshake or an old association' };
  }

  /** `datagram` is what led to it, if it was one. */
  private take(output: DtlsOutput, step: Step, datagram?: Uint8Array): readonly Plaintext[] {
    for (const { listener, to, bytes } of output.send) step.send.push({ listener, to, bytes });
    const plaintexts: Plaintext[] = [];
    for (const event of output.events) {
      if (event.kind === 'plaintext') plaintexts.push(event);
      else this.translate(event, step, datagram);
    }
    this.keepSessions(step);
    this.keepClientSessions(step);
    return plaintexts;
  }

  private translate(
    event: Exclude<DtlsEvent, { kind: 'plaintext' }>,
    step: Step,
    datagram: Uint8Array | undefined,
  ): void {
    switch (event.kind) {
      case 'established':
        return this.keepAssociation(event, step);
      case 'connect-failed': {
        const { identity, why } = event;
        return step.afterCommit(undefined, { kind: 'connect-failed', identity, why });
      }
      case 'ended':
        return this.forget(event.association, 'soon', step);
      case 'moved': {
        const association = this.dtls.routes.byId.get(event.association);
        if (association?.identity === undefined) return;
        this.learned.isAt(association.identity, association.listener, association.primaryAddress, 'soon', step);
        return this.writeWindow(association, 'soon', step);
      }
      case 'generation-wanted':
        return this.raiseGeneration(step);
      case 'drop':
        return this.drop(event, step, datagram);
    }
  }

  private drop(event: Extract<DtlsEvent, { kind: 'drop' }>, step: Step, datagram: Uint8Array | undefined): void {
    // Its identity finds no key: it is known, and not wanted.
    const { identity } = event;
    if (identity !== undefined && this.isMuted(identity)) return this.counters.count('muted', step.now.monotonic);
    this.counters.count(event.reason, step.now.monotonic);
    const text = refusalText(event.reason, event.identity, datagram, event.refused);
    if (text !== undefined && event.from !== undefined) this.refusals.tell(event.listener, event.from, text, step);
  }

  /** Committed by itself, and before any answer over it leaves: a device that was answered is never forgotten. */
  private keepAssociation(event: Extract<DtlsEvent, { kind: 'established' }>, step: Step): void {
    const { peer, association: id, role, resumed, offered } = event;
    const association = this.dtls.routes.byId.get(id);
    if (association === undefined) return;
    this.handshakes.set(peer, this.handshakesOf(peer) + 1);
    step.payer = peer;
    const key = keyOf(associationRecord, id);
    const { listener, identity, ...rest } = association.snapshot();
    const value = encodeKind(associationRecord, this.foundations.aead, key, { listener, identity, ...rest });
    // A device that drops its connection when it is idle, and can be shaken hands with: nobody waits for such a record.
    const isBrief = this.learned.isBrief(identity);
    const commitClass = isBrief ? 'soon' : 'before-ack';
    step.put(commitClass, key, value);
    this.writeWindow(association, commitClass, step);
    if (event.proof !== undefined) this.credentials.proved(identity, event.proof, step);
    const { primaryAddress: address, usesConnectionId } = association;
    this.learned.isAt(identity, listener, address, commitClass, step);
    const wasOther = this.dtls.routes.ofPeer(peer).length > 1;
    const connected = { listener, address, role, resumed, offered, usesConnectionId };
    step.afterCommit(peer, { kind: 'connected', peer, identity, wasOther, ...connected });
    const message = resumed ? 'abbreviated handshake' : 'full handshake';
    const log = { kind: 'log', level: 'debug', message, peer } as const;
    step.afterCommit(peer, { kind: 'event', event: log });
    if (!isBrief) step.afterCommit(peer, { kind: 'association-durable', association: id });
  }

  private forget(association: string, commitClass: CommitClass, step: Step): void {
    step.remove(commitClass, keyOf(associationRecord, association));
    step.remove(commitClass, keyOf(windowRecord, association));
  }

  private writeWindow(association: Association, commitClass: CommitClass, step: Step): void {
    const window = association.receiveWindow();
    if (window === undefined) return;
    const key = keyOf(windowRecord, association.id);
    const value = { window, address: association.primaryAddress };
    step.put(commitClass, key, encodeKind(windowRecord, this.foundations.aead, key, value));
  }

  private keepSessions(step: Step): void {
    for (const { id, session } of this.dtls.sessions.takeChanges()) {
      const key = keyOf(sessionRecord, id);
      if (session === undefined) step.remove('soon', key);
      else step.put('before-ack', key, encodeKind(sessionRecord, this.foundations.aead, key, session));
    }
  }

  private keepClientSessions(step: Step): void {
    for (const [identity, session] of this.dtls.clientSessions.takeChanges()) {
      const key = keyOf(clientSessionRecord, identity);
      if (session === undefined) step.remove('soon', key);
      else step.put('soon', key, encodeKind(clientSessionRecord, this.foundations.aead, key, session));
    }
  }

  private raiseGeneration(step: Step): void {
    const generation = this.durableGeneration + 1;
    step.put('before-ack', generationKey, encodeGeneration(generation));
    step.afterCommit(undefined, { kind: 'generation-durable', generation });
  }

  private rotateTicketKeys(step: Step): void {
    const uptimeMs = this.foundations.uptime.at(step.now);
    const newest = this.ticketKeys.keys[0];
    if (newest === undefined || uptimeMs - newest.uptimeMs >= limits.ticketKeyRotationMs) {
      const name = randomBytes(this.foundations.entropy, 8);
      const fresh = { name, key: randomBytes(this.foundations.entropy, 32), uptimeMs };
      this.ticketKeys = { keys: [fresh, ...this.ticketKeys.keys].slice(0, limits.ticketKeysMax) };
      const key = keyOf(ticketKeysRecord, ticketKeysName);
      step.put('before-ack', key, encodeKind(ticketKeysRecord, this.foundations.aead, key, this.ticketKeys));
    }
    const ageMs = uptimeMs - (this.ticketKeys.keys[0]?.uptimeMs ?? 0);
    this.ticketKeyDueAt = after(step.now.monotonic, limits.ticketKeyRotationMs - ageMs);
    this.dtls.sessions.setTicketKeys(this.ticketKeys.keys);
  }
}

function tellUntrusted(count: number, step: Step): void {
  const connections = count === 1 ? '1 connection ends' : `${count} connections end`;
  step.tell({ kind: 'log', level: 'warn', message: `${connections}: certificates that are not trusted any more` });
}
