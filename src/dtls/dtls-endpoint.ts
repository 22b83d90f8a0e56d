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
import {
  type CertificateOptions,
  certificateSuites,
  DtlsError,
  type Engine,
  type Progress,
  type Suite,
  sessionPeerCertificate,
} from 'mbedtls-wasm';
import type { Address, ListenerName, PeerId } from '../base/address.ts';
import { toHex, utf8Decode } from '../base/bytes.ts';
import type { Entropy } from '../base/entropy.ts';
import type { Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import {
  Association,
  type AssociationSnapshot,
  type EngineEndpoints,
  type Generations,
  isCertificateSuite,
} from './association.ts';
import { Associations } from './associations.ts';
import { ClientSessions } from './client-sessions.ts';
import { DtlsOutput } from './dtls-output.ts';
import { HandshakeBudget, type HandshakeLimits } from './handshake-budget.ts';
import { type ConnectRefusal, type ConnectTo, Handshakes } from './handshakes.ts';
import { noiseReason } from './noise.ts';
import { type PeerChainOptions, PeerChains } from './peer-chains.ts';
import { cutRecords, type DtlsRecord } from './record.ts';
import type { Routes } from './routes.ts';
import { SessionCache } from './session-cache.ts';

export interface DtlsEndpointOptions {
  readonly engine: Engine;
  readonly entropy: Entropy;
  readonly suites: readonly Suite[];
  readonly psk: (identity: string) => Uint8Array | undefined;
  /** Changes with every change of an identity's key. */
  readonly credentialSerial: (identity: string) => number | undefined;
  readonly uptimeMs: () => number;
  /** Devices may come in with certificates, beside those with keys. */
  readonly certificates?: PeerChainOptions | undefined;
  readonly handshakeLimits?: HandshakeLimits;
  /** False while no more can wait for the store: each handshake has to be kept. */
  readonly storeTakes?: () => boolean;
}

/** Where a sealed message goes: see address moves in ARCHITECTURE.md. */
export type Purpose = 'answer' | 'request' | 'retransmission';

export class DtlsEndpoint {
  readonly sessions: SessionCache;
  /** Sessions that came about in handshakes which we began. */
  readonly clientSessions: ClientSessions;
  private readonly associations: Associations;
  private readonly handshakes: Handshakes;
  private readonly endpoints: EngineEndpoints;
  private readonly chains: PeerChains | undefined;
  private generationAsked = 0;

  constructor(o: DtlsEndpointOptions) {
    const { engine, entropy, suites, psk, storeTakes = () => true } = o;
    const budgets = {
      server: new HandshakeBudget(o.handshakeLimits),
      client: new HandshakeBudget(o.handshakeLimits),
    };
    const chains = o.certificates && new PeerChains(o.certificates);
    const mayResume = chains === undefined ? isMadeWithKey : chains.mayResume.bind(chains);
    const sessions = new SessionCache({ ...o, mayResume });
    const clientSessions = new ClientSessions({ ...o, mayResume });
    const connectionIdLength = limits.connectionIdBytes;
    const certificates = chains && engineCertificates(chains);
    const server = engine.serverEndpoint({
      // Whoever has a key offers it: most clients offer suites with certificates whether they have one or not.
      suites: certificates === undefined ? suites : [...suites, ...certificateSuites],
      connectionIdLength,
      ...(certificates && { certificates }),
      psk: (bytes) => this.findPsk(bytes, psk),
      sessions: sessions.byId,
      tickets: sessions.byTicket,
      // They are counted by `HandshakeBudget`, whose limits are the operator's.
      openHandshakesMax: { total: Number.POSITIVE_INFINITY },
    });
    const handshakeTimeoutMs = { min: limits.connectFlightFirstMs, max: limits.connectFlightLongestMs };
    const common = { connectionIdLength, connectionId: true, handshakeTimeoutMs };
    const client = engine.clientEndpoint({ ...common, suites });
    const certificateClient =
      certificates && engine.clientEndpoint({ ...common, suites: certificateSuites, certificates });
    this.sessions = sessions;
    this.clientSessions = clientSessions;
    this.chains = chains;
    this.endpoints = { server, client, certificateClient };
    this.associations = new Associations({ ...o, budgets, sessions, clientSessions, chains });
    const { associations, endpoints } = this;
    this.handshakes = new Handshakes({
      endpoints,
      entropy,
      associations,
      sessions,
      clientSessions,
      budgets,
      psk,
      chains,
      storeTakes,
    });
  }

  get routes(): Routes {
    return this.associations.routes;
  }

  get counts(): { readonly handshakes: number; readonly resumptions: number } {
    return this.associations.counts;
  }

  /** Whether an association that was kept still counts: whoever proved a certificate has to be trusted today. */
  mayRestore(identity: string, suite: string): boolean {
    return !isCertificateSuite(suite) || (this.chains?.mayRestore(identity) ?? false);
  }

  /** Takes what the store kept of an association; `restoredAll` ends the restore. */
  restore(snapshot: AssociationSnapshot, window: Uint8Array | undefined): void {
    const { identity, suite } = snapshot;
    const madeWith = isCertificateSuite(suite) ? this.chains?.proofOf(identity)?.sha256 : undefined;
    const association = Association.restore(snapshot, window, this.endpoints, madeWith);
    this.routes.byId.set(association.id, association);
    this.handshakes.skipSerials(snapshot.serial);
  }

  /** Orders the restored associations: of a peer the youngest is current, older ones receive for a while longer. */
  restoredAll(generations: Generations, now: Monotonic): void {
    this.associations.generations = generations;
    // Also the numbers of associations that are gone are not given again.
    this.handshakes.skipSerials(generations.started * limits.associationSerialsPerGeneration);
    this.associations.restoredAll(now);
  }

  /** A higher generation is durable: every ceiling rises. */
  raiseGeneration(durable: number): void {
    this.associations.generations = { ...this.associations.generations, durable };
  }

  /**
   * Begins a handshake toward a peer, for which he must have proved nothing yet: an event `established` or `connect-failed`
   * follows. Returns why none is begun, if none is.
   */
  connect(to: ConnectTo, now: Monotonic, output: DtlsOutput): ConnectRefusal | undefined {
    return this.handshakes.connect(to, now, output);
  }

  /** Gives up the handshake that was begun toward this address, if one is under way there. */
  abandon(listener: ListenerName, address: Address, output: DtlsOutput): void {
    const slot = this.routes.slot(listener, address);
    for (const open of [slot?.candidate, slot?.finishing]) {
      if (open?.role === 'client') this.associations.remove(open, output, 'ended');
    }
  }

  /** Whether a handshake toward this identity may be an abbreviated one. */
  canResume(identity: string): boolean {
    return this.handshakes.canOffer(identity);
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
    const sealed = association.seal(plaintext, this.associations.generations);
    if (sealed instanceof DtlsError) {
      const reason = sealed.kind === 'send-ceiling' ? 'send-sequence-ceiling' : 'no-association';
      output.drop(reason, association.listener, association.primaryAddress, association.identity);
      // Whoever has an association that means nothing to the engine has none: a handshake may bring another.
      if (sealed.kind === 'not-importable') return this.associations.remove(association, output);
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
    for (const association of ended) this.associations.remove(association, output);
  }

  advance(now: Monotonic): DtlsOutput {
    const output = new DtlsOutput();
    this.associations.advance(now, output);
    return output;
  }

  nextDeadline(): Monotonic | undefined {
    return this.associations.nextDeadline();
  }

  private route(record: DtlsRecord, listener: ListenerName, from: Address, now: Monotonic, output: DtlsOutput): void {
    if (record.isClientHello) return this.handshakes.clientHello(record, listener, from, now, output);
    if (record.epoch === 0) return this.handshakes.record(record, listener, from, now, output);
    const candidates = this.candidatesFor(record, listener, from);
    if (candidates.length === 0) return output.drop('no-association', listener, from);
    let noise: Progress | undefined;
    for (const association of candidates) {
      const progress = this.associations.step(association, record, from, now, output);
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
    return [slot?.current, slot?.older, slot?.candidate, slot?.finishing].filter((found) => found !== undefined);
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
    if (!association.wantsGeneration(this.associations.generations)) return;
    if (this.generationAsked > this.associations.generations.durable) return;
    this.generationAsked = this.associations.generations.durable + 1;
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

function engineCertificates({ own, decide }: PeerChains): CertificateOptions {
  const { chain, privateKey, trustAnchors } = own;
  return { chain, privateKey, trustAnchors: trustAnchors.map(({ certificate }) => certificate), decide };
}

/** Without certificates of our own, what was proved with one does not count any more. */
function isMadeWithKey(_identity: string, session: Uint8Array): boolean {
  return sessionPeerCertificate(session) === undefined;
}
