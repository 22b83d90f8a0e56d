/** How a simulated device answers a handshake that the gateway begins: with the engine's server, beside the connection that it has. */
import type { Connection, Engine, Progress, ServerEndpoint } from 'mbedtls-wasm';
import { toHex, utf8Encode } from '../../src/base/bytes.ts';
import { contentType, cutRecords, mayBeFor } from '../../src/dtls/record.ts';
import { type Proof, serverProof } from './device-proof.ts';
import type { Planned, Timeline } from './timeline.ts';

const transportId = utf8Encode('gateway');

export interface AnsweringEvents {
  send(bytes: Uint8Array): void;
  /** The gateway's handshake is open from now on. */
  greeted(): void;
  established(connection: Connection): void;
}

export class AnsweringLink {
  private readonly endpoint: ServerEndpoint;
  private readonly timeline: Timeline;
  private readonly events: AnsweringEvents;
  private readonly sessions = new Map<string, Uint8Array>();
  private open: Connection | undefined;
  /** Of the ClientHello that opened it. */
  private random = '';
  private timer: Planned | undefined;

  constructor(engine: Engine, timeline: Timeline, o: Proof & { resumes: boolean }, events: AnsweringEvents) {
    this.timeline = timeline;
    this.events = events;
    const sessions = {
      get: (id: Uint8Array) => this.sessions.get(toHex(id)),
      set: (id: Uint8Array, session: Uint8Array) => void this.sessions.set(toHex(id), session),
    };
    this.endpoint = engine.serverEndpoint({
      ...serverProof(o),
      connectionIdLength: 0,
      ...(o.resumes && { sessions }),
    });
  }

  /** A handshake of the gateway's is under way. */
  get isOpen(): boolean {
    return this.open !== undefined;
  }

  /** True when the datagram was for a handshake of the gateway's, and not for the connection that the device has. */
  receive(datagram: Uint8Array): boolean {
    const [record] = cutRecords(datagram, 0).records;
    if (record?.isClientHello === true) {
      this.greeted(datagram);
      return true;
    }
    const isFlight = record?.epoch === 0 && record.contentType !== contentType.alert && mayBeFor('server', record);
    if (this.open === undefined || !isFlight) return false;
    this.take(this.open, this.open.receive(datagram));
    return true;
  }

  /** The device has another connection by now. */
  abandon(): void {
    this.timeline.cancel(this.timer);
    this.open?.free();
    this.open = undefined;
  }

  free(): void {
    this.abandon();
    this.endpoint.free();
  }

  private greeted(datagram: Uint8Array): void {
    const check = this.endpoint.checkClientHello(transportId, datagram);
    if (check.kind === 'verify') return this.events.send(check.datagram);
    if (check.kind === 'drop') return;
    const random = toHex(datagram.subarray(27, 59));
    if (random !== this.random) this.abandon();
    this.random = random;
    const isNew = this.open === undefined;
    this.open ??= this.endpoint.accept({ transportId, connectionId: new Uint8Array(0) });
    this.take(this.open, this.open.receive(datagram));
    if (isNew) this.events.greeted();
  }

  private take(connection: Connection, progress: Progress): void {
    for (const datagram of progress.datagrams) this.events.send(datagram);
    if (progress.ended !== undefined) return this.abandon();
    this.timeline.cancel(this.timer);
    if (progress.established) {
      this.open = undefined;
      return this.events.established(connection);
    }
    const at = connection.nextTimeoutAtMs;
    if (at !== undefined) {
      this.timer = this.timeline.plan(at - this.timeline.nowMs, () => this.take(connection, connection.timeout()));
    }
  }
}
