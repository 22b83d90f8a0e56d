/**
 * How handshakes begin, and where their records go. A peer's ClientHello passes the stateless cookie check first and then opens
 * the candidate of its address; ours opens it too. At most one handshake is open per address: a peer's valid ClientHello ends
 * ours (one that he may have completed already may still end well), and ours waits while his is open. No ClientHello ever
 * reaches an established context.
 */

import { type Address, hostAndPort, type ListenerName } from '../base/address.ts';
import { equalBytes, utf8Encode } from '../base/bytes.ts';
import { type Entropy, randomBytes } from '../base/entropy.ts';
import type { Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import { Association, type Beginning, type EngineEndpoints, type Offer } from './association.ts';
import type { Associations } from './associations.ts';
import type { ClientSessions } from './client-sessions.ts';
import type { DtlsOutput } from './dtls-output.ts';
import type { HandshakeBudgets } from './handshake-budget.ts';
import type { PeerChains } from './peer-chains.ts';
import { clientRandom, contentType, cutRecords, type DtlsRecord, mayBeFor } from './record.ts';
import type { SessionCache } from './session-cache.ts';

/** Whom to shake hands with, and where. */
export interface ConnectTo {
  readonly listener: ListenerName;
  readonly address: Address;
  /** He is taken for nobody else: the key is that of this identity, or his certificate names it. */
  readonly identity: string;
  /** Offer a session of before, if there is one. */
  readonly resume: boolean;
}

/** Why no handshake was begun: one is open there, too many are open, it has no key or certificate, or the store takes nothing. */
export type ConnectRefusal = 'handshake-open' | 'too-many-handshakes' | 'no-key' | 'store-unavailable';

export interface HandshakeParts {
  readonly endpoints: EngineEndpoints;
  readonly entropy: Entropy;
  readonly associations: Associations;
  readonly sessions: SessionCache;
  readonly clientSessions: ClientSessions;
  readonly budgets: HandshakeBudgets;
  readonly psk: (identity: string) => Uint8Array | undefined;
  readonly chains: PeerChains | undefined;
  readonly storeTakes: () => boolean;
}

export class Handshakes {
  private readonly parts: HandshakeParts;
  private serials = 0;

  constructor(parts: HandshakeParts) {
    this.parts = parts;
  }

  /** Serials up to this one were given to others: also those of associations that are gone. */
  skipSerials(upTo: number): void {
    this.serials = Math.max(this.serials, upTo);
  }

  /** Begins a handshake toward a peer; what becomes of it is an event `established` or `connect-failed`. */
  connect(to: ConnectTo, now: Monotonic, output: DtlsOutput): ConnectRefusal | undefined {
    const { associations, budgets, endpoints, psk, chains, storeTakes } = this.parts;
    const { listener, address, identity } = to;
    chains?.begin(identity);
    const key = psk(identity);
    if (key === undefined && chains?.holdsCertificate(identity) !== true) return 'no-key';
    if (!storeTakes()) return 'store-unavailable';
    const slot = associations.routes.slot(listener, address);
    if (slot?.candidate !== undefined) return 'handshake-open';
    if (!this.hasRoom || !budgets.client.take(hostAndPort(address).host)) return 'too-many-handshakes';
    const offer = to.resume ? this.offer(identity) : undefined;
    const association = Association.begin({
      ...this.beginning(listener, address, now),
      endpoints,
      identity,
      psk: key && { identity: utf8Encode(identity), key },
      ...(offer && { offer }),
    });
    const progress = association.start();
    const greeting = progress?.datagrams[0] && cutRecords(progress.datagrams[0], 0).records[0];
    association.clientRandom = greeting && clientRandom(greeting);
    associations.routes.begun(association);
    if (slot?.current?.role === 'server' && slot.current.finalFlightPending) markRaced(slot.current, association);
    if (progress !== undefined) associations.take(association, progress, address, now, output);
    return undefined;
  }

  /** Whether there is a session to offer to this identity. */
  canOffer(identity: string): boolean {
    return this.offer(identity) !== undefined;
  }

  clientHello(record: DtlsRecord, listener: ListenerName, from: Address, now: Monotonic, output: DtlsOutput): void {
    const { associations, endpoints } = this.parts;
    const random = clientRandom(record);
    // With one key on both sides we would shake hands with ourselves, and take our own answers for the peer's.
    if (associations.routes.isOurOwn(random)) return output.drop('reflected-client-hello', listener, from);
    const transportId = utf8Encode(`${listener}|${from}`);
    const check = endpoints.server.checkClientHello(transportId, record.bytes);
    if (check.kind === 'verify') {
      output.send.push({ listener, to: from, bytes: check.datagram });
      return;
    }
    if (check.kind === 'drop') return output.drop('fragmented-client-hello', listener, from);
    const slot = associations.routes.slot(listener, from);
    // Late or repeated: the handshake that it opened is complete.
    if (isSame(random, slot?.current?.clientRandom)) return output.drop('replayed-record', listener, from);
    const open = slot?.candidate;
    if (open !== undefined) {
      if (isSame(random, open.clientRandom)) return void associations.step(open, record, from, now, output);
      if (open.role === 'server' && now - open.openedAt < limits.clientHelloReplaceMinMs) {
        return output.drop('client-hello-too-soon', listener, from);
      }
      this.giveWay(open, output);
    }
    const opened = this.open(record, random, transportId, listener, from, now, output);
    const unconfirmed = slot?.current?.role === 'client' && slot.current.finalFlightPending ? slot.current : undefined;
    if (opened !== undefined) markRaced(open?.role === 'client' ? open : unconfirmed, opened);
  }

  /** Any other record of epoch 0: for the open handshake, or for one whose last flight may be asked for again. */
  record(record: DtlsRecord, listener: ListenerName, from: Address, now: Monotonic, output: DtlsOutput): void {
    const { associations } = this.parts;
    const slot = associations.routes.slot(listener, from);
    const complete = [slot?.current, slot?.older].filter((found) => found?.finalFlightPending === true);
    const open = [slot?.candidate, slot?.finishing, ...complete].filter(
      (found) => found !== undefined && mayBeFor(found.role, record),
    );
    const [first] = open;
    if (first === undefined) return output.drop('no-association', listener, from);
    if (record.contentType === contentType.alert && first.isRaced) {
      return output.drop('malformed-record', listener, from, first.identity);
    }
    // A ChangeCipherSpec does not say whose it is, and an early one does no harm.
    const meant = record.contentType === contentType.changeCipherSpec ? open : [first];
    const steps = meant.map((association) => associations.step(association as Association, record, from, now, output));
    const isNoise = steps.every((progress) => progress?.dropped !== undefined);
    if (isNoise) output.drop('malformed-record', listener, from, first.identity);
  }

  /** The peer begins by himself. A handshake of ours that he may have completed already goes on beside his. */
  private giveWay(open: Association, output: DtlsOutput): void {
    const { associations } = this.parts;
    const slot = associations.routes.slot(open.listener, open.primaryAddress);
    if (open.role === 'server' || !open.mayBeComplete || slot === undefined) {
      return associations.remove(open, output, 'peer-began');
    }
    if (slot.finishing !== undefined) associations.remove(slot.finishing, output, 'peer-began');
    const kept = associations.routes.slotMade(open.listener, open.primaryAddress);
    kept.candidate = undefined;
    kept.finishing = open;
  }

  private open(
    record: DtlsRecord,
    random: Uint8Array | undefined,
    transportId: Uint8Array,
    listener: ListenerName,
    from: Address,
    now: Monotonic,
    output: DtlsOutput,
  ): Association | undefined {
    const { associations, budgets, endpoints, storeTakes } = this.parts;
    if (!storeTakes()) return void output.drop('store-unavailable', listener, from);
    if (!this.hasRoom || !budgets.server.take(hostAndPort(from).host)) {
      return void output.drop('too-many-handshakes', listener, from);
    }
    const association = Association.accept({ ...this.beginning(listener, from, now), endpoints, transportId });
    association.clientRandom = random;
    associations.routes.byId.set(association.id, association);
    associations.routes.slotMade(listener, from).candidate = association;
    associations.step(association, record, from, now, output);
    return association;
  }

  private beginning(listener: ListenerName, address: Address, now: Monotonic): Omit<Beginning, 'endpoints'> {
    const connectionId = randomBytes(this.parts.entropy, limits.connectionIdBytes);
    // The first byte is reserved for the instance (a stand-by pair shares one address).
    connectionId[0] = 0;
    const { generations } = this.parts.associations;
    return { connectionId, listener, address, generations, serial: ++this.serials, now };
  }

  private get hasRoom(): boolean {
    return this.parts.associations.routes.byId.size < limits.associationsMax;
  }

  /** The newest session: a device that takes sessions up in both roles also knows the one that it made with us as its server. */
  private offer(identity: string): Offer | undefined {
    const asClient = this.parts.clientSessions.of(identity);
    const asServer = this.parts.sessions.newestOf(identity);
    if (asServer !== undefined && asServer.uptimeMs > (asClient?.uptimeMs ?? Number.NEGATIVE_INFINITY)) {
      return { session: asServer.session, made: 'made-as-server' };
    }
    return asClient && { session: asClient.session, made: 'made-as-client' };
  }
}

/** Both sides shake hands at once, and each may complete the two in an order of its own. */
function markRaced(first: Association | undefined, second: Association): void {
  if (first === undefined) return;
  first.isRaced = true;
  second.isRaced = true;
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && equalBytes(a, b);
}
