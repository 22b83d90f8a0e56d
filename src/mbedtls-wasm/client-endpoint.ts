/** A DTLS client: one configuration and the connections that it opens. */
import type { Connection } from './connection.ts';
import type { DtlsError } from './errors.ts';
import type { Suite } from './suites.ts';

export interface ClientEndpointOptions {
  suites: readonly Suite[];
  psk: { identity: Uint8Array; key: Uint8Array };
  /** Offer connection IDs (RFC 9146) with an empty one of our own: the peer may give us his to write. Default false. */
  connectionId?: boolean;
  mtu?: number;
  /** Ask for session tickets (RFC 5077). Default false. */
  tickets?: boolean;
  handshakeTimeoutMs?: { min: number; max: number };
}

const unbuilt = (): never => {
  throw new Error('the engine is being built');
};

export class ClientEndpoint {
  /** A connection toward a server; its first flight is in the result of `connection.start()`. */
  connect(_o?: { session?: Uint8Array; connectionId?: Uint8Array }): Connection {
    return unbuilt();
  }
  import(_exported: Uint8Array): Connection | DtlsError {
    return unbuilt();
  }
  free(): void {}
}
