/**
 * What becomes of associations: a step of the engine, established, current, older, ended. Of a peer the youngest is current;
 * the others receive until it has received, or for 60 s. If nothing but an older one is used that one is current again. Where both sides shook hands at once the peer may have finished in the
 * other order: of those two the one is current that he used last.
 */
import type { Progress } from 'mbedtls-wasm';
import { type Address, hostAndPort, type PeerId } from '../base/address.ts';
import { Deadlines } from '../base/deadlines.ts';
import { after, earliest, type Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import { type Association, type Generations, peerIdOf } from './association.ts';
import type { ClientSessions } from './client-sessions.ts';
import type { ConnectFailure, DtlsOutput } from './dtls-output.ts';
import type { HandshakeBudgets } from './handshake-budget.ts';
import { connectFailure, refusalReason } from './noise.ts';
import type { PeerChains } from './peer-chains.ts';
import { contentType, type DtlsRecord } from './record.ts';
import { Routes } from './routes.ts';
import type { SessionCache } from './session-cache.ts';

export class Associations {
  readonly routes = new Routes();
  readonly counts = { handshakes: 0, resumptions: 0 };
  generations: Generations = { started: 0, durable: 0 };
  private readonly budgets: HandshakeBudgets;
  private readonly sessions: SessionCache;
  private readonly clientSessions: ClientSessions;
  private readonly chains: PeerChains | undefined;
  private readonly uptimeMs: () => number;
  private readonly handshakeTimers = new Deadlines<Association>();
  private readonly retirements = new Deadlines<Association>();

  constructor(o: {
    budgets: HandshakeBudgets;
    sessions: SessionCache;
    clientSessions: ClientSessions;
    chains: PeerChains | undefined;
    uptimeMs: () => number;
  }) {
    this.chains = o.chains;
    this.budgets = o.budgets;
    this.sessions = o.sessions;
    this.clientSessions = o.clientSessions;
    this.uptimeMs = o.uptimeMs;
  }

  /** Orders the restored associations: of a peer the youngest is current, older ones receive for a while longer. */
  restoredAll(now: Monotonic): void {
    const byAge = [...this.routes.byId.values()].sort(
      (a, b) => a.handshakeGeneration - b.handshakeGeneration || a.serial - b.serial,
    );
    for (const association of byAge) {
      association.currentSince = now;
      this.routes.makeCurrent(association, association.peer as PeerId);
      this.retireOthers(association, now);
    }
  }

  /** Feeds one record to one association and takes what comes of it. */
  step(
    association: Association,
    record: DtlsRecord,
    from: Address,
    now: Monotonic,
    output: DtlsOutput,
  ): Progress | undefined {
    this.sessions.identityInHand = association.identity;
    this.sessions.unknownIdentity = undefined;
    this.chains?.begin(meantBy(association));
    const progress = association.receive(record, this.generations, now);
    if (progress === undefined) {
      output.drop('no-association', association.listener, from, association.identity);
      this.remove(association, output);
      return undefined;
    }
    if (!association.established) this.noteIdentity(association);
    if (progress.authenticated && association.established) noteOrigin(association, record, from);
    this.take(association, progress, from, now, output);
    return progress;
  }

  /** Whom a handshake is with, as far as he has named himself. */
  private noteIdentity(association: Association): void {
    const accepted = this.chains?.accepted;
    association.chain = accepted ?? association.chain;
    association.identity = accepted?.identity ?? this.sessions.identityInHand;
  }

  take(association: Association, progress: Progress, from: Address, now: Monotonic, output: DtlsOutput): void {
    for (const bytes of progress.datagrams) {
      if (!isStray(association, progress, bytes)) output.send.push({ listener: association.listener, to: from, bytes });
    }
    if (progress.established) this.establish(association, now, output);
    const peer = association.peer;
    if (peer !== undefined && association.established) {
      if (progress.plaintexts.length > 0) this.isUsed(association, peer, now, output);
      if (progress.authenticated && !progress.established) association.rest();
      for (const bytes of progress.plaintexts) {
        const { id, serial } = association;
        output.events.push({ kind: 'plaintext', peer, association: id, serial, from, bytes });
      }
    }
    if (progress.ended === undefined) return this.setTimer(association);
    const { ended } = progress;
    const isOurs = association.role === 'client' && !association.established;
    const refused = this.chains?.refused;
    // Whoever answers in a device's place is told of, too.
    if (refused !== undefined || (!isOurs && (!association.established || ended.kind !== 'close-notify'))) {
      const identity =
        refused === undefined ? (this.sessions.unknownIdentity ?? association.identity) : refused.identity;
      output.drop(refusalReason(ended), association.listener, from, identity, refused?.why);
    }
    this.remove(association, output, connectFailure(ended));
  }

  /** `why`: what it means for whoever asked for it, if it is a handshake that we began. */
  remove(association: Association, output: DtlsOutput, why: ConnectFailure = 'ended'): void {
    const { established, role, peer } = association;
    if (!established) this.budgets[role].giveBack(hostAndPort(association.primaryAddress).host);
    this.handshakeTimers.cancel(association);
    this.retirements.cancel(association);
    this.routes.remove(association);
    association.free();
    if (peer === undefined) return;
    if (established) {
      const last = this.routes.ofPeer(peer).length === 0;
      output.events.push({ kind: 'ended', peer, association: association.id, last });
    } else if (role === 'client') {
      output.events.push({ kind: 'connect-failed', peer, identity: association.identity as string, why });
    }
  }

  advance(now: Monotonic, output: DtlsOutput): void {
    for (const due of this.handshakeTimers.due(now)) {
      this.sessions.unknownIdentity = undefined;
      this.chains?.begin(meantBy(due));
      const progress = due.timeout();
      if (progress !== undefined) this.take(due, progress, due.primaryAddress, now, output);
    }
    for (const due of this.retirements.due(now)) this.remove(due, output);
  }

  nextDeadline(): Monotonic | undefined {
    return earliest(this.handshakeTimers.next()?.at, this.retirements.next()?.at);
  }

  private establish(association: Association, now: Monotonic, output: DtlsOutput): void {
    association.establish(this.uptimeMs(), now);
    this.budgets[association.role].giveBack(hostAndPort(association.primaryAddress).host);
    const { role, resumed, offered, proof } = association;
    const identity = association.identity as string;
    if (role === 'client' && !resumed) this.clientSessions.made(identity, association.session());
    const peer = peerIdOf(association.listener, identity);
    this.routes.makeCurrent(association, peer);
    // A peer has at most two: so nobody, and no storm, takes the room of others.
    for (const oldest of this.routes.ofPeer(peer).slice(2)) this.remove(oldest, output);
    this.retireOthers(association, now);
    this.counts.handshakes++;
    if (resumed) this.counts.resumptions++;
    output.events.push({
      kind: 'established',
      peer,
      association: association.id,
      resumed,
      role,
      offered,
      ...(proof && { proof }),
    });
  }

  /**
   * The peer uses this one: older ones end, and of two that raced this one is current. So is an older one that he uses while
   * nothing comes over the new one: he gave that up after his Finished, and is not dead.
   */
  private isUsed(association: Association, peer: PeerId, now: Monotonic, output: DtlsOutput): void {
    association.heard = true;
    const [current] = this.routes.ofPeer(peer);
    if (current !== undefined && current !== association) {
      const isUnheard = !current.heard && now - current.currentSince >= limits.newConnectionUnheardMs;
      if (isUnheard || raced(current, association)) this.routes.makeCurrent(association, peer);
    }
    if (this.routes.ofPeer(peer)[0] !== association) return;
    for (const other of this.routes.ofPeer(peer).slice(1)) {
      const isSettled = now - other.currentSince >= limits.racedConnectionsSettledMs;
      if (raced(association, other) ? isSettled : other.serial < association.serial) this.remove(other, output);
    }
    this.retireOthers(association, now);
  }

  /** The others of this peer, and whoever lost this address, receive for a while longer. */
  private retireOthers(association: Association, now: Monotonic): void {
    const at = after(now, limits.oldAssociationReceivesMs);
    for (const other of this.routes.ofPeer(association.peer as PeerId)) {
      // Of two that raced the peer may hold either, until he has used one after the other.
      const mayBeHis = raced(association, other) && !other.heard;
      if (other !== association && !mayBeHis && this.retirements.at(other) === undefined)
        this.retirements.set(other, at);
    }
    this.retirements.cancel(association);
    const displaced = this.routes.slot(association.listener, association.primaryAddress)?.older;
    const isOthers = displaced !== undefined && displaced.peer !== association.peer;
    // Whoever uses connection IDs does not need the address.
    if (isOthers && !displaced.usesConnectionId && this.retirements.at(displaced) === undefined) {
      this.retirements.set(displaced, at);
    }
  }

  private setTimer(association: Association): void {
    const at = association.nextTimeoutAt;
    if (at === undefined) this.handshakeTimers.cancel(association);
    else if (at !== this.handshakeTimers.at(association)) this.handshakeTimers.set(association, at);
  }
}

/** Whom a handshake of ours goes out to. */
function meantBy({ role, identity }: Association): string | undefined {
  return role === 'client' ? identity : undefined;
}

function raced(a: Association, b: Association): boolean {
  return a.isRaced && b.isRaced && a.role !== b.role;
}

/** The engine tells the peer of a Finished that fails; of two handshakes at once it was the other one's. */
function isStray(association: Association, { dropped }: Progress, datagram: Uint8Array): boolean {
  return association.isRaced && dropped?.kind === 'wrong-key' && datagram[0] === contentType.alert;
}

function noteOrigin(association: Association, record: DtlsRecord, from: Address): void {
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
