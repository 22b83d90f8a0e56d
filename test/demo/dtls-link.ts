/**
 * The secure side of a simulated device: its own UDP socket on its own loopback address, and DTLS 1.2 with PSK and connection IDs
 * in the client role.
 *
 *   open ──► handshake() ──► established ──► send, message ──► ended(why) ──► handshake() again, when its owner says so
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type ClientEndpoint, type Connection, DtlsError, Engine, type Progress, pskSuites } from 'mbedtls-wasm';
import { readWasm } from 'mbedtls-wasm/read-wasm';
import { SequenceNumbers } from './sequence-numbers.ts';

export interface Server {
  readonly host: string;
  readonly port: number;
}

export interface LinkOptions {
  readonly identity: string;
  readonly key: Uint8Array;
  /** The device's own address; one of 127.0.0.0/8, or undefined to let the system choose. */
  readonly address: string | undefined;
  readonly server: Server;
}

export interface LinkEvents {
  established(): void;
  message(bytes: Uint8Array): void;
  /** The connection or its handshake is over. */
  ended(why: DtlsError): void;
  /** The system says that nobody listens there (ICMP port unreachable). */
  unreachable(): void;
}

let sharedEngine: Engine | undefined;

/** One engine for all devices of the process. */
function engine(): Engine {
  sharedEngine ??= Engine.instantiate(readWasm(), {
    random: (into) => void crypto.getRandomValues(into),
    monotonicMs: () => performance.now(),
    wallMs: () => Date.now(),
  });
  return sharedEngine;
}

export class DtlsLink {
  readonly sequenceNumbers = new SequenceNumbers();
  private handshakeCount = 0;
  private readonly events: LinkEvents;
  private readonly endpoint: ClientEndpoint;
  private readonly socket: Socket;
  private connection: Connection | undefined;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  private constructor({ identity, key, server }: LinkOptions, socket: Socket, events: LinkEvents) {
    this.events = events;
    this.socket = socket;
    this.endpoint = engine().clientEndpoint({
      suites: [pskSuites[0] ?? 'TLS_PSK_WITH_AES_128_CCM_8'],
      psk: { identity: new TextEncoder().encode(identity), key },
      connectionId: true,
      handshakeTimeoutMs: { min: 1_000, max: 8_000 },
    });
    socket.on('message', (bytes, from) => {
      if (from.port === server.port) this.received(new Uint8Array(bytes));
    });
    socket.on('error', () => this.unreachable());
  }

  /** Binds the socket. Rejects when the address is not one of this machine. */
  static async open(options: LinkOptions, events: LinkEvents): Promise<DtlsLink> {
    const socket = createSocket(options.server.host.includes(':') ? 'udp6' : 'udp4');
    socket.bind(0, options.address);
    await once(socket, 'listening');
    // A connected socket hears of a closed port, as that of Anjay does.
    socket.connect(options.server.port, options.server.host);
    await once(socket, 'connect');
    return new DtlsLink(options, socket, events);
  }

  /** Handshakes begun, whatever came of them. */
  get handshakes(): number {
    return this.handshakeCount;
  }

  get established(): boolean {
    return this.connection?.established === true;
  }

  /** Throws the connection away, if there is one, and begins a full handshake. */
  handshake(): void {
    if (this.closed) return;
    this.drop();
    this.handshakeCount++;
    this.sequenceNumbers.newKey();
    this.connection = this.endpoint.connect();
    this.carryOut(this.connection, this.connection.start());
  }

  /** Sends one CoAP message; false when there is no connection for it. */
  send(bytes: Uint8Array): boolean {
    if (!this.established || this.connection === undefined) return false;
    const datagram = this.connection.seal(bytes);
    if (datagram instanceof DtlsError) return false;
    this.transmit(datagram);
    return true;
  }

  /** Says nothing to the gateway: the device just falls silent. */
  close(): void {
    this.closed = true;
    this.drop();
    this.endpoint.free();
    this.socket.close();
  }

  private received(datagram: Uint8Array): void {
    const { connection } = this;
    if (connection === undefined) return;
    const progress = connection.receive(datagram);
    this.sequenceNumbers.arrived(datagram, progress.authenticated);
    this.carryOut(connection, progress);
  }

  private carryOut(connection: Connection, progress: Progress): void {
    for (const datagram of progress.datagrams) this.transmit(datagram);
    if (progress.ended !== undefined) {
      this.drop();
      return this.events.ended(progress.ended);
    }
    if (progress.established) this.events.established();
    for (const plaintext of progress.plaintexts) {
      if (connection === this.connection) this.events.message(plaintext);
    }
    if (connection === this.connection) this.arm(connection);
  }

  /** Flights of the handshake are sent again until they are answered. */
  private arm(connection: Connection): void {
    clearTimeout(this.timer);
    const at = connection.established ? undefined : connection.nextTimeoutAtMs;
    if (at === undefined) return;
    const due = () => this.carryOut(connection, connection.timeout());
    this.timer = setTimeout(due, Math.max(1, Math.ceil(at - performance.now())));
  }

  private transmit(datagram: Uint8Array): void {
    this.socket.send(datagram, (error) => {
      if (error !== null && !this.closed) this.unreachable();
    });
  }

  private unreachable(): void {
    if (!this.closed) this.events.unreachable();
  }

  private drop(): void {
    clearTimeout(this.timer);
    this.connection?.free();
    this.connection = undefined;
  }
}
