/**
 * One peer's DTLS association: its keys, sequence numbers and addresses. It knows only itself; which datagram is for it is
 * the endpoint's business. A restored one is imported into the engine when it is first needed.
 *
 * Sequence numbers: in generation s an association of handshake generation g sends from (s - g) * 2^16 on, and always below
 * (d - g + 1) * 2^16, d being the highest generation that is durable. So no nonce repeats, whatever the power does.
 */
import {
  type ClientEndpoint,
  type ClientPsk,
  type Connection,
  certificateSuites,
  DtlsError,
  type Progress,
  type ServerEndpoint,
  sessionHasId,
} from 'mbedtls-wasm';
import type { Address, ListenerName, PeerId } from '../base/address.ts';
import { assert } from '../base/assert.ts';
import { toHex, utf8Decode } from '../base/bytes.ts';
import type { Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import type { OfferedSession, Role } from './dtls-output.ts';
import { type CertificateProof, hasShown } from './peer-chains.ts';
import type { DtlsRecord } from './record.ts';

/** What is kept of an association. Holds keys: it is sealed wherever it is stored. */
export interface AssociationSnapshot {
  /** The connection ID in hex; unique also when the peer does not use connection IDs. */
  readonly id: string;
  readonly listener: ListenerName;
  readonly identity: string;
  readonly address: Address;
  readonly handshakeGeneration: number;
  /** Orders associations of one generation by age. */
  readonly serial: number;
  readonly suite: string;
  readonly usesConnectionId: boolean;
  readonly role: Role;
  readonly establishedAtUptimeMs: number;
  readonly restores: number;
  /** Of a restored one what gives it when it is first needed; undefined then: it cannot be read. */
  readonly exported: Uint8Array | (() => Uint8Array | undefined);
}

/** What engine endpoints there are: as server one for all; as client one for those with a key, and one for those with a certificate. */
export interface EngineEndpoints {
  readonly server: ServerEndpoint;
  readonly client: ClientEndpoint;
  /** Undefined: the gateway has no certificate. */
  readonly certificateClient: ClientEndpoint | undefined;
}

/** What a handshake begins with. */
export interface Beginning {
  readonly endpoints: EngineEndpoints;
  readonly connectionId: Uint8Array;
  readonly listener: ListenerName;
  readonly address: Address;
  readonly generations: Generations;
  readonly serial: number;
  readonly now: Monotonic;
}

/** The session of an earlier handshake that may make this one shorter. */
export interface Offer {
  readonly session: Uint8Array;
  readonly made: OfferedSession;
}

/** The generation of this start, and the highest one that is durable. */
export interface Generations {
  readonly started: number;
  readonly durable: number;
}

const windowTopBytes = 8;

/** Whether a connection with this suite was made with certificates. */
export function isCertificateSuite(suite: string): boolean {
  return certificateSuites.some((known) => known === suite);
}

export function peerIdOf(listener: ListenerName, identity: string): PeerId {
  return `${listener}|${identity}` as PeerId;
}

function opened(exported: AssociationSnapshot['exported'] | undefined): Uint8Array | undefined {
  return typeof exported === 'function' ? exported() : exported;
}

export class Association {
  readonly id: string;
  readonly listener: ListenerName;
  readonly handshakeGeneration: number;
  readonly serial: number;
  readonly restored: boolean;
  readonly role: Role;
  /** The session that was offered to begin it. */
  offered: OfferedSession | undefined;
  /** A record of its peer came after it was established, in this start. */
  heard = false;
  /** Both sides began at once: what comes unprotected, or fails with its keys, may be meant for the other handshake. */
  isRaced = false;
  identity: string | undefined;
  suite = '';
  usesConnectionId = false;
  establishedAtUptimeMs = 0;
  restores = 0;
  /** Where requests go once an exchange with a token of ours has been seen from there. */
  primaryAddress: Address;
  /** Where its newest record came from. */
  newestAddress: Address;
  /** How many bytes may still go to `newestAddress` before it is confirmed. */
  unconfirmedCreditBytes = 0;
  lastMoveAt: Monotonic | undefined;
  /** The random of the ClientHello that opened it, to tell a repeated one from a new one. */
  clientRandom: Uint8Array | undefined;
  openedAt: Monotonic;
  /** When it was established, or restored. */
  currentSince: Monotonic;
  established: boolean;
  /** It is durable: a cut does not end it. */
  kept: boolean;
  private exported: AssociationSnapshot['exported'] | undefined;
  /** Of a restored one: SHA-256 of the certificate that it has to have been made with. */
  private madeWith: Uint8Array | undefined;
  private window: Uint8Array | undefined;
  private connection: Connection | undefined;
  private readonly importer: (exported: Uint8Array) => Connection | DtlsError;
  private shared = false;
  private peerOf: string | undefined;
  private knownPeer: PeerId | undefined;
  private isPrimarysTurn = false;
  /** The durable generation that its send bounds stand for. */
  private boundFor: number | undefined;
  private latencyMark: { readonly at: Monotonic; readonly window: Uint8Array } | undefined;

  /** What the certificate of its peer says; proved when it is established. */
  chain: Omit<CertificateProof, 'sha256'> | undefined;

  private constructor(o: {
    id: string;
    listener: ListenerName;
    address: Address;
    handshakeGeneration: number;
    serial: number;
    restored: boolean;
    role: Role;
    openedAt: Monotonic;
    endpoints: EngineEndpoints;
  }) {
    this.id = o.id;
    this.listener = o.listener;
    this.primaryAddress = o.address;
    this.newestAddress = o.address;
    this.handshakeGeneration = o.handshakeGeneration;
    this.serial = o.serial;
    this.restored = o.restored;
    this.established = o.restored;
    this.kept = o.restored;
    this.openedAt = o.openedAt;
    this.currentSince = o.openedAt;
    this.role = o.role;
    const { server, client, certificateClient } = o.endpoints;
    this.importer = (exported) => {
      if (o.role === 'server') return server.import(exported);
      const endpoint = isCertificateSuite(this.suite) ? certificateClient : client;
      return endpoint?.import(exported) ?? new DtlsError('not-importable', 0, '');
    };
  }

  /** Opens an association for a ClientHello whose cookie is valid. */
  static accept(o: Beginning & { readonly transportId: Uint8Array }): Association {
    const association = Association.made('server', o);
    const { transportId, connectionId } = o;
    association.connection = o.endpoints.server.accept({ transportId, connectionId });
    association.bound(o.generations);
    return association;
  }

  /**
   * Begins a handshake toward a peer whose identity is chosen: he proves it with the key, without one with his certificate, or with
   * the session that is offered.
   */
  static begin(
    o: Beginning & { readonly identity: string; readonly psk: ClientPsk | undefined; readonly offer?: Offer },
  ): Association {
    const association = Association.made('client', o);
    const { connectionId, psk, offer } = o;
    association.identity = o.identity;
    association.offered = offer?.made;
    const endpoint = psk === undefined ? o.endpoints.certificateClient : o.endpoints.client;
    assert(endpoint !== undefined, 'a handshake without a key is made with a certificate');
    association.connection = endpoint.connect({
      connectionId,
      ...(psk && { psk }),
      ...(offer && { session: offer.session }),
    });
    association.bound(o.generations);
    return association;
  }

  private static made(role: Role, { connectionId, listener, address, generations, serial, now, endpoints }: Beginning) {
    const [id, handshakeGeneration] = [toHex(connectionId), generations.durable];
    const fields = { id, listener, address, handshakeGeneration, serial, role, endpoints };
    return new Association({ ...fields, restored: false, openedAt: now });
  }

  static restore(
    snapshot: AssociationSnapshot,
    window: Uint8Array | undefined,
    endpoints: EngineEndpoints,
    madeWith?: Uint8Array,
  ): Association {
    const { id, listener, address, handshakeGeneration, serial, role } = snapshot;
    const openedAt = 0 as Monotonic;
    const fields = { id, listener, address, handshakeGeneration, serial, restored: true, role, openedAt, endpoints };
    const association = new Association(fields);
    association.identity = snapshot.identity;
    association.suite = snapshot.suite;
    association.usesConnectionId = snapshot.usesConnectionId;
    association.establishedAtUptimeMs = snapshot.establishedAtUptimeMs;
    association.restores = snapshot.restores + 1;
    association.exported = snapshot.exported;
    association.window = window;
    association.madeWith = madeWith;
    return association;
  }

  /** Made once for an identity: everything is looked up by it, and a text that was met before is found faster. */
  get peer(): PeerId | undefined {
    const { identity } = this;
    if (identity !== this.peerOf) {
      this.peerOf = identity;
      this.knownPeer = identity === undefined ? undefined : peerIdOf(this.listener, identity);
    }
    return this.knownPeer;
  }

  get finalFlightPending(): boolean {
    return this.connection?.finalFlightPending ?? false;
  }

  /** Our Finished has left: the peer may hold this association already. */
  get mayBeComplete(): boolean {
    return (this.connection?.sendEpoch ?? 0) > 0;
  }

  get resumed(): boolean {
    return this.connection?.resumed ?? false;
  }

  /** No flight is pending in one that rests. */
  get nextTimeoutAt(): Monotonic | undefined {
    return this.shared ? undefined : (this.connection?.nextTimeoutAtMs as Monotonic | undefined);
  }

  /** A client's first flight. */
  start(): Progress | undefined {
    return this.connection?.start();
  }

  /** The session for a later handshake of ours; undefined when the peer gives none that can be resumed. */
  session(): Uint8Array | undefined {
    const session = this.connection?.exportSession();
    return session !== undefined && sessionHasId(session) ? session : undefined;
  }

  /** Undefined when the association cannot be imported: a changed engine, a damaged record. */
  receive(record: DtlsRecord, generations: Generations, now: Monotonic): Progress | undefined {
    const connection = this.live(generations);
    if (connection === undefined) return undefined;
    this.closeGaps(connection, now);
    const progress = connection.receive(record.bytes);
    if (this.established) this.latencyMark ??= { at: now, window: connection.receiveWindow() };
    return progress;
  }

  /**
   * What is still missing below a number that was received so long ago (MAX_LATENCY, RFC 7252 section 4.8.2) is not late any more:
   * whoever sends it now has kept it. After a restart this ends the time in which records can be replayed that had come before
   * the cut, but had no effect that took the window along.
   */
  private closeGaps(connection: Connection, now: Monotonic): void {
    const mark = this.latencyMark;
    if (mark === undefined || now - mark.at < limits.datagramLatencyMaxMs) return;
    const closed = mark.window.slice();
    closed.fill(0xff, windowTopBytes);
    connection.setReceiveWindow(closed);
    this.latencyMark = undefined;
  }

  timeout(): Progress | undefined {
    return this.connection?.timeout();
  }

  /** One datagram with `plaintext`, or why there is none. */
  seal(plaintext: Uint8Array, generations: Generations): Uint8Array | DtlsError {
    const connection = this.live(generations);
    if (connection === undefined) return new DtlsError('not-importable', 0, '');
    this.bound(generations);
    return connection.seal(plaintext);
  }

  /** Whether the next repetition goes to the primary address; every other one does. */
  takeTurn(): boolean {
    this.isPrimarysTurn = !this.isPrimarysTurn;
    return this.isPrimarysTurn;
  }

  /** Whether the last of the sequence ranges that are durable is half used: the next generation is wanted. */
  wantsGeneration(generations: Generations): boolean {
    const range = limits.sendSequencesPerGeneration;
    const end = (generations.durable - this.handshakeGeneration + 1) * range;
    return (this.connection?.sendSequence ?? 0) > end - range / 2;
  }

  /** 16 bytes: highest sequence number received, and a bit for each of the 64 up to it. */
  receiveWindow(): Uint8Array | undefined {
    return this.connection?.receiveWindow() ?? this.window;
  }

  /** Switches to shared record buffers as soon as no flight is pending: 1.7 KB a connection instead of 6. */
  rest(): void {
    if (this.shared || this.connection === undefined || this.finalFlightPending) return;
    this.shared = this.connection.share();
  }

  snapshot(): AssociationSnapshot & { readonly exported: Uint8Array } {
    const exported = this.connection?.export() ?? opened(this.exported);
    assert(exported !== undefined && this.identity !== undefined, 'only an established association is kept');
    return {
      id: this.id,
      listener: this.listener,
      identity: this.identity,
      address: this.primaryAddress,
      handshakeGeneration: this.handshakeGeneration,
      serial: this.serial,
      suite: this.suite,
      usesConnectionId: this.usesConnectionId,
      role: this.role,
      establishedAtUptimeMs: this.establishedAtUptimeMs,
      restores: this.restores,
      exported,
    };
  }

  /** Takes what the finished handshake tells. */
  establish(uptimeMs: number, now: Monotonic): void {
    const connection = this.connection;
    assert(connection !== undefined, 'a handshake has a connection');
    const named = connection.peerCertificate?.identity;
    assert(named === undefined || utf8Decode(named) === this.identity, 'a peer is whom its certificate names');
    this.established = true;
    this.currentSince = now;
    this.suite = connection.suite ?? '';
    this.usesConnectionId = connection.ownConnectionId !== undefined;
    this.establishedAtUptimeMs = uptimeMs;
  }

  /** What the peer's certificate proved in this handshake; undefined when it was abbreviated, or made with a key. */
  get proof(): CertificateProof | undefined {
    const certificate = this.connection?.peerCertificate;
    if (certificate === undefined || this.chain === undefined || this.resumed) return undefined;
    return { ...this.chain, sha256: certificate.sha256 };
  }

  free(): void {
    this.connection?.free();
    this.connection = undefined;
    this.exported = undefined;
  }

  private live(generations: Generations): Connection | undefined {
    if (this.connection !== undefined || this.exported === undefined) return this.connection;
    // Whoever was made in this generation or a later one has used sequence numbers that nothing here knows of.
    if (this.handshakeGeneration >= generations.started) return undefined;
    const exported = opened(this.exported);
    const imported = exported && this.importer(exported);
    if (imported === undefined || imported instanceof DtlsError) return undefined;
    if (!hasShown(imported, this.madeWith)) return void imported.free();
    if (this.window !== undefined) imported.setReceiveWindow(this.window);
    this.connection = imported;
    this.exported = undefined;
    this.bound(generations);
    this.rest();
    return imported;
  }

  private bound(generations: Generations): void {
    if (this.boundFor === generations.durable) return;
    this.boundFor = generations.durable;
    const range = limits.sendSequencesPerGeneration;
    // An association made in this start began at 0; a later raise of the durable generation must not make it jump.
    const floor = this.restored ? (generations.started - this.handshakeGeneration) * range : 0;
    this.connection?.setSendBounds(floor, (generations.durable - this.handshakeGeneration + 1) * range);
  }
}
