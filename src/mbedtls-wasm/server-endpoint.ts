/**
 * A DTLS server: one configuration, the stateless cookie check, and the connections that it accepts.
 *
 * A datagram of an unknown peer goes to `checkClientHello` first; only when that says `valid` is a connection made with
 * `accept`, and fed with the same datagram. No connection ever answers a ClientHello with a cookie by itself, so that no
 * datagram of a stranger can reset an established one.
 */
import type { CertificateOptions } from './certificates.ts';
import type { Connection } from './connection.ts';
import { assertKey, Endpoint } from './endpoint.ts';
import { droppedError } from './error-of-code.ts';
import { DtlsError } from './errors.ts';
import type { Lookups, Module } from './module.ts';
import { OpenHandshakes, type OpenHandshakesMax } from './open-handshakes.ts';
import { pskSuites, type Suite } from './suites.ts';

/** Of `Engine.serverEndpoint`. */
export interface ServerEndpointOptions {
  /** In order of preference. */
  suites: readonly Suite[];
  /** Length in bytes of the connection IDs that this endpoint gives out (RFC 9146); 0 = none are given out. */
  connectionIdLength: number;
  /** Datagrams of a handshake flight are kept within this many bytes. Default 1,280. */
  mtu?: number;
  /** The key (1 to 64 bytes) of an identity, or undefined. Called from inside `receive`; must not call the engine. */
  psk?(identity: Uint8Array): Uint8Array | undefined;
  /** For the suites with certificates: every client has to have one then, unless a suite with a pre-shared key is chosen. */
  certificates?: CertificateOptions;
  /** Keeps sessions for resumption by session id (RFC 5246 section 7.3). Values are secret. */
  sessions?: SessionCache;
  /** Resumption by ticket (RFC 5077): keys, ages and rotation are the caller's. */
  tickets?: TicketHandler;
  /** First and longest retransmission time-out of a handshake flight. Default 1,000 and 60,000 ms (RFC 6347 section 4.2.4.1). */
  handshakeTimeoutMs?: { min: number; max: number };
  /** Handshakes that may be open at once: each costs some 7 KB, and anyone who receives at his address can open one. */
  openHandshakesMax?: OpenHandshakesMax;
}

/** Called from inside `receive`; must not call the engine. */
export interface SessionCache {
  /** The session of an id, or undefined: a full handshake follows. */
  get(id: Uint8Array): Uint8Array | undefined;
  /** Keeps what a full handshake led to. */
  set(id: Uint8Array, session: Uint8Array): void;
}

/** Called from inside `receive`; must not call the engine, its AEAD excepted. */
export interface TicketHandler {
  /** Told to the client as a hint. */
  lifetimeSeconds: number;
  /** A ticket for a session, at most 512 bytes so that flights stay small; undefined = send no ticket. */
  seal(session: Uint8Array): Uint8Array | undefined;
  /** The session of a ticket; undefined = unknown, expired or forged: a full handshake follows. */
  open(ticket: Uint8Array): Uint8Array | undefined;
}

/** What is to be done with a datagram that no connection is known for. */
export type ClientHelloCheck =
  /** The cookie is missing or not ours: answer with this datagram and forget. */
  | { kind: 'verify'; datagram: Uint8Array }
  /** The sender receives at this address: `accept` and feed the datagram. */
  | { kind: 'valid' }
  /** No ClientHello, or one in fragments; or, of kind `too-many-handshakes`, one for which there is no room now. */
  | { kind: 'drop'; error: DtlsError };

const transportIdBytesMax = 64;
const clientHelloBytesMax = 2_048;

/** One configuration of a server, and the connections that it accepts. Lives until `free()`. */
export class ServerEndpoint {
  private readonly endpoint: Endpoint;
  private readonly connectionIdLength: number;
  private readonly openHandshakes: OpenHandshakes;

  /** Made by `Engine.serverEndpoint`. */
  constructor(module: Module, options: ServerEndpointOptions) {
    const { suites, certificates, connectionIdLength, mtu, handshakeTimeoutMs } = options;
    if (options.psk === undefined && suites.some((suite) => pskSuites.includes(suite))) {
      throw new RangeError('suites with a pre-shared key need `psk`');
    }
    const settings = { isServer: true, suites, certificates, connectionIdLength, mtu, handshakeTimeoutMs };
    const lookups: Lookups = { psk: (identity) => checkedKey(options.psk?.(identity)) };
    if (certificates !== undefined) lookups.decide = (peer) => certificates.decide(peer);
    if (options.sessions !== undefined) lookups.sessions = options.sessions;
    if (options.tickets !== undefined) lookups.tickets = options.tickets;
    this.connectionIdLength = connectionIdLength;
    this.openHandshakes = new OpenHandshakes(options.openHandshakesMax);
    this.endpoint = new Endpoint(module, settings, lookups);
    if (options.sessions !== undefined) module.shim.endpointSessions(this.endpoint.live());
    if (options.tickets !== undefined) {
      module.shim.endpointTickets(this.endpoint.live(), options.tickets.lifetimeSeconds);
    }
  }

  /**
   * Stateless: checks a ClientHello's cookie without allocating anything in the module (RFC 6347 section 4.2.1).
   * `transportId` names the sender's address, at most 64 bytes; a cookie is good for it alone, for a minute. `source` is what
   * `openHandshakesMax.perSource` counts by: the sender's host, or network.
   */
  checkClientHello(transportId: Uint8Array, datagram: Uint8Array, source?: string): ClientHelloCheck {
    const { module } = this.endpoint;
    const length = datagram.length;
    assertTransportId(transportId);
    if (length > clientHelloBytesMax) return { kind: 'drop', error: droppedError(-0x7300) };
    module.put(datagram, transportId);
    const result = module.shim.endpointCheckClientHello(this.endpoint.live(), length, transportId.length);
    if (result === 0 && !this.openHandshakes.hasRoom(source)) return { kind: 'drop', error: tooMany() };
    if (result === 0) return { kind: 'valid' };
    if (result > 0) return { kind: 'verify', datagram: module.read(result) };
    return { kind: 'drop', error: droppedError(result) };
  }

  /**
   * A connection for a peer whose ClientHello was `valid`; feed it that same datagram next (with another one, or another
   * `transportId`, its handshake ends). With `connectionId` (of the
   * endpoint's length) connection IDs are agreed on when the client offers them. `source`: as it was checked.
   * @throws `out-of-memory`, and `too-many-handshakes` when it was not checked whether there is room
   */
  accept(options: { transportId: Uint8Array; connectionId?: Uint8Array; source?: string }): Connection {
    const { transportId, connectionId, source } = options;
    assertTransportId(transportId);
    if (!this.openHandshakes.hasRoom(source)) throw tooMany();
    if (connectionId !== undefined && connectionId.length !== this.connectionIdLength) {
      throw new RangeError(`a connection ID of this endpoint has ${this.connectionIdLength} bytes`);
    }
    return this.endpoint.create(connectionId, transportId, () => this.openHandshakes.opened(source));
  }

  /**
   * The connection of an export made by a server; kind `not-importable` when it is damaged or means something else here.
   * Records may have been sent since the export, and a sequence number must never be used twice under one key: therefore the
   * connection sends nothing until `setSendBounds` has named a floor above all of them.
   */
  import(exported: Uint8Array): Connection | DtlsError {
    return this.endpoint.import(exported);
  }

  /** Frees the configuration. All connections must have been freed. */
  free(): void {
    this.endpoint.free();
  }
}

const tooMany = (): DtlsError => new DtlsError('too-many-handshakes', 0, 'OPEN_HANDSHAKES_MAX');

function checkedKey(key: Uint8Array | undefined): Uint8Array | undefined {
  if (key !== undefined) assertKey(key);
  return key;
}

function assertTransportId(transportId: Uint8Array): void {
  if (transportId.length === 0 || transportId.length > transportIdBytesMax) {
    throw new RangeError(`a transport id has 1 to ${transportIdBytesMax} bytes`);
  }
}
