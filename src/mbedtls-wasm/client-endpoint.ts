/**
 * A DTLS client: one configuration, with a certificate, with one key or with a key for each connection, and the connections
 * that it opens.
 */
import type { CertificateOptions } from './certificates.ts';
import type { Connection } from './connection.ts';
import { assertKey, Endpoint } from './endpoint.ts';
import { failedError } from './error-of-code.ts';
import type { DtlsError } from './errors.ts';
import type { Lookups, Module } from './module.ts';
import { pskSuites, type Suite } from './suites.ts';

/** A pre-shared key of 1 to 64 bytes, and its identity, by which the server finds it, of 1 to 255. */
export interface ClientPsk {
  identity: Uint8Array;
  key: Uint8Array;
}

/** Of `Engine.clientEndpoint`. */
export interface ClientEndpointOptions {
  /** In order of preference. */
  suites: readonly Suite[];
  /** The key of all its connections; without it each names its own. */
  psk?: ClientPsk;
  /** For the suites with certificates. */
  certificates?: CertificateOptions;
  /** Offer connection IDs (RFC 9146). Default false. */
  connectionId?: boolean;
  /** Length of the connection IDs that the client gives out itself. Default 0: the peer's records to us carry none. */
  connectionIdLength?: number;
  /** Datagrams of a handshake flight, the ClientHello apart, are kept within this many bytes: 256 or more. Default 1,280. */
  mtu?: number;
  /** Ask for session tickets (RFC 5077). Default false. */
  tickets?: boolean;
  /** First and longest retransmission time-out of a handshake flight. Default 1,000 and 60,000 ms (RFC 6347 section 4.2.4.1). */
  handshakeTimeoutMs?: { min: number; max: number };
}

const identityBytesMax = 255;
const noBytes = new Uint8Array(0);

/** One configuration of a client, and the connections that it opens. Lives until `free()`. */
export class ClientEndpoint {
  private readonly endpoint: Endpoint;
  private readonly offersConnectionId: boolean;
  private readonly connectionIdLength: number;
  private readonly hasKey: boolean;
  private readonly needsKey: boolean;

  /** Made by `Engine.clientEndpoint`. */
  constructor(module: Module, options: ClientEndpointOptions) {
    const { suites, certificates, connectionIdLength = 0, mtu, handshakeTimeoutMs } = options;
    const settings = { isServer: false, suites, certificates, connectionIdLength, mtu, handshakeTimeoutMs };
    const lookups: Lookups = certificates === undefined ? {} : { decide: (peer) => certificates.decide(peer) };
    this.offersConnectionId = options.connectionId ?? false;
    this.connectionIdLength = connectionIdLength;
    this.hasKey = options.psk !== undefined;
    this.needsKey = !this.hasKey && suites.every((suite) => pskSuites.includes(suite));
    this.endpoint = new Endpoint(module, settings, lookups);
    if (options.psk !== undefined) {
      const endpoint = this.endpoint.live();
      this.putKey(options.psk, (key, identity) => module.shim.endpointPsk(endpoint, key, identity));
    }
    if (options.tickets === true) module.shim.endpointTickets(this.endpoint.live(), 0);
  }

  /**
   * A connection toward a server; its first flight is in the progress of `start()`. `session`: of an earlier connection's
   * `exportSession`, also one that was made in the other role and has a session id; one that is no longer usable is ignored (a
   * full handshake follows). `connectionId`: our own, of `connectionIdLength` bytes. `psk`: this connection's key, when the
   * endpoint has none; it is forgotten when the handshake is over.
   * @throws `out-of-memory`, and a `RangeError` for an option that cannot be
   */
  connect(options: { session?: Uint8Array; connectionId?: Uint8Array; psk?: ClientPsk } = {}): Connection {
    const { module } = this.endpoint;
    const connectionId = this.offersConnectionId ? (options.connectionId ?? noBytes) : undefined;
    if (connectionId !== undefined && connectionId.length !== this.connectionIdLength) {
      throw new RangeError(`a connection ID of this endpoint has ${this.connectionIdLength} bytes`);
    }
    if (this.hasKey && options.psk !== undefined)
      throw new RangeError('the endpoint has a key for all its connections');
    if (this.needsKey && options.psk === undefined) throw new RangeError('suites with a pre-shared key need `psk`');
    const connection = this.endpoint.create(connectionId, noBytes);
    if (options.psk !== undefined) this.setKey(connection, options.psk);
    if (options.session !== undefined) {
      connection.useSession(options.session);
      module.wipeAreas();
    }
    return connection;
  }

  /**
   * The connection of an export made by a client; kind `not-importable` when it is damaged or means something else here.
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

  private setKey(connection: Connection, psk: ClientPsk): void {
    try {
      this.putKey(psk, (key, identity) => connection.usePsk(key, identity));
    } catch (error) {
      connection.free();
      throw error;
    }
  }

  /** Hands a key and an identity to the module, and wipes what it went through. */
  private putKey({ key, identity }: ClientPsk, take: (keyLength: number, identityLength: number) => number): void {
    const { module } = this.endpoint;
    assertKey(key);
    if (identity.length === 0 || identity.length > identityBytesMax) {
      throw new RangeError(`the identity of a key has 1 to ${identityBytesMax} bytes`);
    }
    module.put(key, identity);
    const result = take(key.length, identity.length);
    module.wipeAreas();
    if (result !== 0) throw failedError(result);
  }
}
