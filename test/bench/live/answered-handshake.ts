/**
 * How a device of a bench answers a handshake that the gateway begins: with the engine's server, beside the connection that it
 * has. An endpoint keeps the sessions of its devices. What such handshakes take on the wire is counted.
 */
import type { Connection, Engine, Progress, ServerEndpoint, ServerEndpointOptions } from 'mbedtls-wasm';
import { toHex, utf8Encode } from '../../../src/base/bytes.ts';
import { clientRandom, contentType, cutRecords } from '../../../src/dtls/record.ts';

export interface HandshakeEvents {
  send(datagram: Uint8Array): void;
  established(connection: Connection): void;
}

/** `proof`: what the device shows the gateway. */
export function answeringEndpoint(
  engine: Engine,
  proof: Pick<ServerEndpointOptions, 'suites' | 'psk' | 'certificates'>,
): ServerEndpoint {
  const sessions = new Map<string, Uint8Array>();
  return engine.serverEndpoint({
    ...proof,
    connectionIdLength: 0,
    sessions: {
      get: (id) => sessions.get(toHex(id)),
      set: (id, session) => void sessions.set(toHex(id), session),
    },
    handshakeTimeoutMs: { min: 1_000, max: 8_000 },
  });
}

export class AnsweredHandshake {
  /** The payload of all datagrams of such handshakes, both ways. */
  bytes = 0;
  private readonly endpoint: ServerEndpoint;
  private readonly transportId: Uint8Array;
  private readonly events: HandshakeEvents;
  private open: Connection | undefined;
  /** Of the ClientHello that opened it. */
  private random = '';

  /** `name`: its own, of 64 bytes at most. */
  constructor(endpoint: ServerEndpoint, name: string, events: HandshakeEvents) {
    this.endpoint = endpoint;
    this.transportId = utf8Encode(name);
    this.events = events;
  }

  /** True when the datagram was for a handshake of the gateway's, and not for the connection that the device has. */
  receive(datagram: Uint8Array): boolean {
    const [record] = cutRecords(datagram, 0).records;
    if (record?.isClientHello === true) {
      this.bytes += datagram.length;
      this.greeted(datagram, toHex(clientRandom(record) ?? new Uint8Array()));
      return true;
    }
    const isFlight = record?.epoch === 0 && record.contentType !== contentType.alert;
    if (this.open === undefined || !isFlight) return false;
    this.bytes += datagram.length;
    this.take(this.open, this.open.receive(datagram));
    return true;
  }

  /** Repeats a flight that is due. */
  look(nowMs: number): void {
    const { open } = this;
    if (open?.nextTimeoutAtMs !== undefined && open.nextTimeoutAtMs <= nowMs) this.take(open, open.timeout());
  }

  private greeted(datagram: Uint8Array, random: string): void {
    const check = this.endpoint.checkClientHello(this.transportId, datagram);
    if (check.kind === 'verify') return this.send(check.datagram);
    if (check.kind === 'drop') return;
    if (random !== this.random) this.abandon();
    this.random = random;
    this.open ??= this.endpoint.accept({ transportId: this.transportId, connectionId: new Uint8Array(0) });
    this.take(this.open, this.open.receive(datagram));
  }

  private take(connection: Connection, progress: Progress): void {
    for (const datagram of progress.datagrams) this.send(datagram);
    if (progress.ended !== undefined) return this.abandon();
    if (!progress.established) return;
    this.open = undefined;
    this.events.established(connection);
  }

  private send(datagram: Uint8Array): void {
    this.bytes += datagram.length;
    this.events.send(datagram);
  }

  private abandon(): void {
    this.open?.free();
    this.open = undefined;
  }
}
