/**
 * Datagrams to authenticated plaintext and back, for all listeners and peers. It only routes; an association knows itself.
 *
 *   ClientHello            -> stateless cookie check -> candidate (one open handshake an address); NEVER an established context
 *   other epoch-0 record   -> the open handshake, or the one association whose final flight is unconfirmed
 *   epoch 1 and above      -> by connection ID, else current, older, candidate by trial
 *
 * When a handshake completes, its association becomes the current one of its peer; the others of that peer still receive until
 * the new one has received, or 60 s. Noise ends as a counted drop.
 */
import { DtlsError, type Engine, type Progress, type ServerEndpoint, type Suite } from 'mbedtls-wasm';
import type { Address, ListenerName, PeerId } from '../base/address.ts';
import { hostAndPort } from '../base/address.ts';
import { equalBytes, toHex, utf8Decode, utf8Encode } from '../base/bytes.ts';
import { Deadlines } from '../base/deadlines.ts';
import { type Entropy, randomBytes } from '../base/entropy.ts';
import { after, earliest, type Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import { Association, type AssociationSnapshot, type Generations, peerIdOf } from './association.ts';
import { DtlsOutput } from './dtls-output.ts';
import { HandshakeBudget, type HandshakeLimits } from './handshake-budget.ts';
import { noiseReason, refusalReason } from './noise.ts';
import { clientRandom, cutRecords, type DtlsRecord } from './record.ts';
import { Routes } from './routes.ts';
import { SessionCache } from './session-cache.ts';

export interface DtlsEndpointOptions {
  readonly engine: Engine;
  readonly entropy: Entropy;
  readonly suites: readonly Suite[];
  readonly psk: (identity: string) => Uint8Array | undefined;
  /** Changes with every change of an identity's key. */
  readonly credentialSerial: (identity: string) => number | undefined;
  readonly uptimeMs: () => number;
  readonly handshakeLimits?: HandshakeLimits;
  /** False while no more can wait for the store: each handshake has to be kept. */
  readonly storeTakes?: () => boolean;
}

/** Where a sealed message goes: see address moves in ARCHITECTURE.md. */
export type Purpose = 'answer' | 'request' | 'retransmission';

export class DtlsEndpoint {
  readonly sessions: SessionCache;
  readonly routes = new Routes();
  readonly counts = { handshakes: 0, resumptions: 0 };
  private readonly engineEndpoint: ServerEndpoint;
  private readonly entropy: Entropy;
  private readonly uptimeMs: () => number;
  private readonly storeTakes: () => boolean;
  private generations: Generations = { started: 0, durable: 0 };
  private generationAsked = 0;
  private serials = 0;
  private readonly budget: HandshakeBudget;
  private readonly handshakeTimers = new Deadlines<Association>();
  private readonly retirements = new Deadlines<Association>();

  constructor(o: DtlsEndpointOptions) {
    this.entropy = o.entropy;
    this.uptimeMs = o.uptimeMs;
    this.storeTakes = o.storeTakes ?? (() => true);
    this.budget = new HandshakeBudget(o.handshakeLimits);
    this.sessions = new SessionCache(o);
    this.engineEndpoint = o.engine.serverEndpoint({
      suites: o.suites,
      connectionIdLength: limits.connectionIdBytes,
      psk: (bytes) => this.findPsk(bytes, o.psk),
      sessions: this.sessions.byId,
      tickets: this.sessions.byTicket,
    });
  }

  /** Takes what the store kept of an association; `restoredAll` ends the restore. */
  restore(snapshot: AssociationSnapshot, window: Uint8Array | undefined): void {
    const association = Association.restore(snapshot, window, this.engineEndpoint);
    this.routes.byId.set(association.id, association);
    this.serials = Math.max(this.serials, snapshot.serial);
  }

  /** Orders the restored associations: of a peer the youngest is current, older ones receive for a while longer. */
  restoredAll(generations: Generations, now: Monotonic): void {
    this.generations = generations;
    // Also the numbers of associations that are gone are not given again.
    this.serials = Math.max(this.serials, generations.started * limits.associationSerialsPerGeneration);
    const byAge = [...this.routes.byId.values()].sort(
      (a, b) => a.handshakeGeneration - b.handshakeGeneration || a.serial - b.serial,
    );
    for (const association of byAge) {
      this.routes.makeCurrent(association, association.peer as PeerId);
      this.retireOthers(association, now);
    }
  }

  /** A higher generation is durable: every ceiling rises. */
  raiseGeneration(durable: number): void {
    this.generations = { ...this.generations, durable };
  }

  receive(listener: ListenerName, from: Address, datagram: Uint8Array, now: Monotonic): DtlsOutput {
    const output = new DtlsOutput();
    const { records, clean } = cutRecords(datagram, limits.connectionIdBytes);
    for (const record of records) this.route(record, listener, from, now, output);
    if (!clean) output.drop('malformed-record', listener, from);
    return output;
  }

  /** Seals one message for a peer; drops it (counted) when there is no association or no sequence number. */
  seal(peer: PeerId, plaintext: Uint8Array, purpose: Purpose, output: DtlsOutput): void {
    const association = this.routes.ofPeer(peer)[0];
    if (association === undefined) return;
    const sealed = association.seal(plaintext, this.generations);
    if (sealed instanceof DtlsError) {
      const reason = sealed.kind === 'send-ceiling' ? 'send-sequence-ceiling' : 'no-association';
      output.drop(reason, association.listener, association.primaryAddress, association.identity);
    } else {
      this.address(association, sealed, purpose, output);
    }
    this.askForGeneration(association, output);
  }

  /** An exchange with a token of ours was answered from this address: it is the peer's. At most one move in 10 s. */
  confirm(peer: PeerId, from: Address, now: Monotonic, output: DtlsOutput): void {
    const association = this.routes.ofPeer(peer)[0];
    if (association === undefined || association.primaryAddress === from) return;
    // An answer that came late, or over an older association, says nothing about where the peer is now.
    if (association.newestAddress !== from) return;
    const last = association.lastMoveAt;
    if (last !== undefined && now - last < limits.addressMoveMinMs) return;
    association.lastMoveAt = now;
    this.routes.move(association, from);
    output.events.push({ kind: 'moved', peer, association: association.id });
  }

  /**
   * Ends every association of an identity, for instance because its key was changed, and every open handshake that has already
   * used that key: on all listeners, also on one that is not configured now. No alert is sent.
   */
  end(identity: string, output: DtlsOutput): void {
    const ended = [...this.routes.byId.values()].filter((association) => association.identity === identity);
    for (const association of ended) this.remove(association, output);
  }

  advance(now: Monotonic): DtlsOutput {
    const output = new DtlsOutput();
    for (const due of this.handshakeTimers.due(now)) {
      this.sessions.unknownIdentity = undefined;
      const progress = due.timeout();
      if (progress !== undefined) this.take(due, progress, due.primaryAddress, now, output);
    }
    for (const due of this.retirements.due(now)) this.remove(due, output);
    return output;
  }

  nextDeadline(): Monotonic | undefined {
    return earliest(this.handshakeTimers.next()?.at, this.retirements.next()?.at);
  }

  private route(record: DtlsRecord, listener: ListenerName, from: Address, now: Monotonic, output: DtlsOutput): void {
    if (record.isClientHello) return this.clientHello(record, listener, from, now, output);
    if (record.epoch === 0) return this.handshakeRecord(record, listener, from, now, output);
    const candidates = this.candidatesFor(record, listener, from);
    if (candidates.length === 0) return output.drop('no-association', listener, from);
    let noise: Progress | undefined;
    for (const association of candidates) {
      const progress = this.step(association, record, from, now, output);
      if (progress === undefined || progress.authenticated || progress.established || progress.ended) return;
      noise ??= progress;
    }
    const first = candidates[0] as Association;
    output.drop(noiseReason(noise?.dropped), listener, from, first.identity);
  }

  private candidatesFor(record: DtlsRecord, listener: ListenerName, from: Address): readonly Association[] {
    if (record.connectionId !== undefined) {
      const found = this.routes.byId.get(toHex(record.connectionId));
      return found === undefined || found.listener !== listener ? [] : [found];
    }
    const slot = this.routes.slot(listener, from);
    return [slot?.current, slot?.older, slot?.candidate].filter((found) => found !== undefined);
  }

  private clientHello(
    record: DtlsRecord,
    listener: ListenerName,
    from: Address,
    now: Monotonic,
    output: DtlsOutput,
  ): void {
    const transportId = utf8Encode(`${listener}|${from}`);
    const check = this.engineEndpoint.checkClientHello(transportId, record.bytes);
    if (check.kind === 'verify') {
      output.send.push({ listener, to: from, bytes: check.datagram });
      return;
    }
    if (check.kind === 'drop') return output.drop('fragmented-client-hello', listener, from);
    const random = clientRandom(record);
    const slot = this.routes.slot(listener, from);
    // Late or repeated: the handshake that it opened is complete.
    if (isSame(random, slot?.current?.clientRandom)) return output.drop('replayed-record', listener, from);
    const open = slot?.candidate;
    if (open !== undefined) {
      if (isSame(random, open.clientRandom)) return void this.step(open, record, from, now, output);
      if (now - open.openedAt < limits.clientHelloReplaceMinMs) {
        return output.drop('client-hello-too-soon', listener, from);
      }
      this.remove(open, output);
    }
    this.openHandshake(record, random, transportId, listener, from, now, output);
  }

  private openHandshake(
    record: DtlsRecord,
    random: Uint8Array | undefined,
    transportId: Uint8Array,
    listener: ListenerName,
    from: Address,
    now: Monotonic,
    output: DtlsOutput,
  ): void {
    if (!this.storeTakes()) return output.drop('store-unavailable', listener, from);
    const full = this.routes.byId.size >= limits.associationsMax;
    if (full || !this.budget.take(hostAndPort(from).host)) return output.drop('too-many-handshakes', listener, from);
    const connectionId = randomBytes(this.entropy, limits.connectionIdBytes);
    // The first byte is reserved for the instance (a stand-by pair shares one address).
    connectionId[0] = 0;
    const association = Association.accept({
      endpoint: this.engineEndpoint,
      connectionId,
      transportId,
      listener,
      address: from,
      generations: this.generations,
      serial: ++this.serials,
      now,
    });
    association.clientRandom = random;
    this.routes.byId.set(association.id, association);
    this.routes.slotMade(listener, from).candidate = association;
    this.step(association, record, from, now, output);
  }

  private handshakeRecord(
    record: DtlsRecord,
    listener: ListenerName,
    from: Address,
    now: Monotonic,
    output: DtlsOutput,
  ): void {
    const slot = this.routes.slot(listener, from);
    const open = slot?.candidate ?? (slot?.current?.finalFlightPending ? slot.current : undefined);
    if (open === undefined) return output.drop('no-association', listener, from);
    const progress = this.step(open, record, from, now, output);
    if (progress?.dropped !== undefined) output.drop('malformed-record', listener, from, open.identity);
  }

  /** Feeds one record to one association and takes what comes of it. */
  private step(
    association: Association,
    record: DtlsRecord,
    from: Address,
    now: Monotonic,
    output: DtlsOutput,
  ): Progress | undefined {
    this.sessions.identityInHand = association.identity;
    this.sessions.unknownIdentity = undefined;
    const progress = association.receive(record, this.generations, now);
    if (progress === undefined) {
      output.drop('no-association', association.listener, from, association.identity);
      this.remove(association, output);
      return undefined;
    }
    if (!association.established) association.identity = this.sessions.identityInHand;
    if (progress.authenticated && association.established) this.noteOrigin(association, record, from);
    this.take(association, progress, from, now, output);
    return progress;
  }

  private noteOrigin(association: Association, record: DtlsRecord, from: Address): void {
    if (from !== association.newestAddress) {
      const window = association.receiveWindow();
      if (window === undefined) return;
      const newest = Number(new DataView(window.buffer, window.byteOffset).getBigUint64(0)) === record.sequence;
      if (!newest) return;
      association.newestAddress = from;
      association.unconfirmedCreditBytes = 0;
    }
    if (from !== association.primaryAddress) {
      association.unconfirmedCreditBytes += limits.amplificationMax * record.bytes.length;
    }
  }

  private take(association: Association, progress: Progress, from: Address, now: Monotonic, output: DtlsOutput): void {
    for (const bytes of progress.datagrams) output.send.push({ listener: association.listener, to: from, bytes });
    if (progress.established) this.establish(association, now, output);
    const peer = association.peer;
    if (progress.authenticated && association.established && peer !== undefined && !progress.established) {
      this.retireOthersNow(association, peer, output);
      association.rest();
    }
    if (peer !== undefined && association.established) {
      for (const bytes of progress.plaintexts) {
        const { id, serial } = association;
        output.events.push({ kind: 'plaintext', peer, association: id, serial, from, bytes });
      }
    }
    if (progress.ended !== undefined) {
      const established = association.established;
      if (!established || progress.ended.kind !== 'close-notify') {
        const identity = this.sessions.unknownIdentity ?? association.identity;
        output.drop(refusalReason(progress.ended), association.listener, from, identity);
      }
      this.remove(association, output);
      return;
    }
    this.setTimer(association);
  }

  private establish(association: Association, now: Monotonic, output: DtlsOutput): void {
    association.establish(this.uptimeMs());
    this.budget.giveBack(hostAndPort(association.primaryAddress).host);
    const peer = peerIdOf(association.listener, association.identity as string);
    this.routes.makeCurrent(association, peer);
    // A peer has at most two: so nobody, and no storm, takes the room of others.
    for (const oldest of this.routes.ofPeer(peer).slice(2)) this.remove(oldest, output);
    this.retireOthers(association, now);
    this.counts.handshakes++;
    if (association.resumed) this.counts.resumptions++;
    output.events.push({ kind: 'established', peer, association: association.id, resumed: association.resumed });
  }

  /** The others of this peer, and whoever lost this address, receive for a while longer. */
  private retireOthers(association: Association, now: Monotonic): void {
    const at = after(now, limits.oldAssociationReceivesMs);
    for (const other of this.routes.ofPeer(association.peer as PeerId)) {
      if (other !== association && this.retirements.at(other) === undefined) this.retirements.set(other, at);
    }
    this.retirements.cancel(association);
    const displaced = this.routes.slot(association.listener, association.primaryAddress)?.older;
    // Whoever uses connection IDs does not need the address.
    if (displaced !== undefined && !displaced.usesConnectionId && this.retirements.at(displaced) === undefined) {
      this.retirements.set(displaced, at);
    }
  }

  private retireOthersNow(association: Association, peer: PeerId, output: DtlsOutput): void {
    const all = this.routes.ofPeer(peer);
    if (all.length < 2 || all[0] !== association) return;
    for (const other of all.slice(1)) this.remove(other, output);
  }

  private remove(association: Association, output: DtlsOutput): void {
    if (!association.established) this.budget.giveBack(hostAndPort(association.primaryAddress).host);
    this.handshakeTimers.cancel(association);
    this.retirements.cancel(association);
    this.routes.remove(association);
    association.free();
    if (!association.established) return;
    const peer = association.peer as PeerId;
    const last = this.routes.ofPeer(peer).length === 0;
    output.events.push({ kind: 'ended', peer, association: association.id, last });
  }

  private setTimer(association: Association): void {
    const at = association.nextTimeoutAt;
    if (at === undefined) this.handshakeTimers.cancel(association);
    else if (at !== this.handshakeTimers.at(association)) this.handshakeTimers.set(association, at);
  }

  private address(association: Association, bytes: Uint8Array, purpose: Purpose, output: DtlsOutput): void {
    const { listener, primaryAddress, newestAddress } = association;
    // A request goes first to the newest address, its repetitions in turn to the primary one and there: either may be right.
    const isPrimarysTurn = purpose === 'retransmission' && association.takeTurn();
    const mayUseNewest = !isPrimarysTurn && bytes.length <= association.unconfirmedCreditBytes;
    const to = newestAddress === primaryAddress || !mayUseNewest ? primaryAddress : newestAddress;
    if (to !== primaryAddress) association.unconfirmedCreditBytes -= bytes.length;
    output.send.push({ listener, to, bytes });
  }

  private askForGeneration(association: Association, output: DtlsOutput): void {
    if (!association.wantsGeneration(this.generations)) return;
    if (this.generationAsked > this.generations.durable) return;
    this.generationAsked = this.generations.durable + 1;
    output.events.push({ kind: 'generation-wanted' });
  }

  private findPsk(bytes: Uint8Array, psk: (identity: string) => Uint8Array | undefined): Uint8Array | undefined {
    const identity = bytes.length <= limits.pskIdentityBytesMax ? utf8Decode(bytes) : undefined;
    const key = identity === undefined ? undefined : psk(identity);
    if (key === undefined) this.sessions.unknownIdentity = identity ?? '(not text)';
    else this.sessions.identityInHand = identity;
    return key;
  }
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && equalBytes(a, b);
}
