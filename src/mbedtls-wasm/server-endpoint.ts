/** A DTLS server: one configuration, the stateless cookie check, and the connections that it accepts. */
import type { Connection } from './connection.ts';
import type { DtlsError } from './errors.ts';
import type { Suite } from './suites.ts';

export interface ServerEndpointOptions {
  /** In order of preference. */
  suites: readonly Suite[];
  /** Length in bytes of the connection IDs that this endpoint gives out (RFC 9146); 0 = none are given out. */
  connectionIdLength: number;
  /** Datagrams of a handshake flight are kept within this many bytes. Default 1,280. */
  mtu?: number;
  /** The key (4 to 64 bytes) of an identity, or undefined. Called from inside `receive`; must not call the engine. */
  psk(identity: Uint8Array): Uint8Array | undefined;
  /** Keeps sessions for resumption by session id (RFC 5246 section 7.3). Values are secret. */
  sessions?: SessionCache;
  /** Resumption by ticket (RFC 5077): keys, ages and rotation are the caller's. */
  tickets?: TicketHandler;
  /** First and longest retransmission time-out of a handshake flight. Default 1,000 and 60,000 ms (RFC 6347 section 4.2.4.1). */
  handshakeTimeoutMs?: { min: number; max: number };
}

export interface SessionCache {
  get(id: Uint8Array): Uint8Array | undefined;
  set(id: Uint8Array, session: Uint8Array): void;
}

export interface TicketHandler {
  /** Told to the client as a hint. */
  lifetimeSeconds: number;
  /** A ticket for a session, at most 512 bytes; undefined = send no ticket. */
  seal(session: Uint8Array): Uint8Array | undefined;
  /** The session of a ticket; undefined = unknown, expired or forged: a full handshake follows. */
  open(ticket: Uint8Array): Uint8Array | undefined;
}

export type ClientHelloCheck =
  | { kind: 'verify'; datagram: Uint8Array }
  | { kind: 'valid' }
  | { kind: 'drop'; error: DtlsError };

const unbuilt = (): never => {
  throw new Error('the engine is being built');
};

export class ServerEndpoint {
  /** Stateless: checks a ClientHello's cookie without allocating anything (RFC 6347 section 4.2.1). */
  checkClientHello(_transportId: Uint8Array, _datagram: Uint8Array): ClientHelloCheck {
    return unbuilt();
  }
  /** A connection for a peer whose ClientHello was `valid`; feed it that same datagram next. */
  accept(_o: { transportId: Uint8Array; connectionId?: Uint8Array }): Connection {
    return unbuilt();
  }
  import(_exported: Uint8Array): Connection | DtlsError {
    return unbuilt();
  }
  free(): void {}
}
