/**
 * A device of the live benches: a socket, DTLS with a connection ID, CoAP by coap-packet; as light as can be, since there are
 * thousands in a process. It registers, is observed, and numbers its notifications, of which one is under way at a time.
 *
 *   handshake ──► Register ──► Observe … ──► notification ──► ACK ──► the next
 *        ▲                                        │ repeated (RFC 7252 section 4.2)
 *        └──────── nobody answered ───────────────┘
 *
 * A handshake that the gateway begins it answers too: its registration and observations go on over the new connection.
 * It has no timers of its own: whoever holds it calls `look` now and then.
 */
import { createSocket, type Socket } from 'node:dgram';
import { generate, type Packet, parse } from 'coap-packet';
import {
  type ClientEndpoint,
  type Connection,
  DtlsError,
  type Engine,
  type Progress,
  type ServerEndpoint,
} from 'mbedtls-wasm';
import { encodeRecords } from '../../demo/device-senml.ts';
import { uint } from '../../demo/notification-sender.ts';
import { AnsweredHandshake } from './answered-handshake.ts';
import { clientProof } from './live-proof.ts';
import type { LiveDevice } from './messages.ts';

/** What a device tells of. */
export interface DeviceEvents {
  registered(): void;
  /** Something came that only the gateway can have sealed. */
  answered(): void;
  acknowledged(device: SocketDevice): void;
  /** A request of the gateway came. */
  asked(device: SocketDevice): void;
}

interface InFlight {
  readonly messageId: number;
  readonly bytes: Uint8Array;
  readonly isNotification: boolean;
  transmissions: number;
  timeoutMs: number;
  atMs: number;
}

interface Relation {
  readonly path: string;
  readonly token: Buffer;
  readonly format: number;
  observe: number;
}

const ackTimeoutMs = 2_000;
const ackRandomFactor = 1.5;
const retransmitsMax = 4;
/** With this no device of a bench is late. */
const lifetimeSeconds = 86_400;
const objects = '</1/0>,</3/0>,</3200/0>,</3200/1>,</3200/2>,</3200/3>,</3200/4>';
const text = 0;

export class SocketDevice {
  readonly endpoint: string;
  /** Handshakes that it began. */
  handshakes = 0;
  /** Handshakes that the gateway began. */
  readonly answered = { full: 0, resumed: 0 };
  registrations = 0;
  resets = 0;
  /** All notifications up to this one are acknowledged. */
  acknowledged = 0;
  /** When the next notification is to go; undefined: none is wanted. */
  notifyAtMs: number | undefined;
  /** How many more notifications are wanted. */
  wanted = 0;
  private readonly events: DeviceEvents;
  private readonly client: ClientEndpoint;
  private readonly answering: AnsweredHandshake;
  private readonly socket: Socket;
  private connection: Connection | undefined;
  private location: readonly Buffer[] = [];
  private readonly relations: Relation[] = [];
  private current: InFlight | undefined;
  private messageId = Math.floor(Math.random() * 65_536);

  /** Resolves when its socket is bound. */
  static async open(
    engine: Engine,
    answering: ServerEndpoint,
    device: LiveDevice,
    events: DeviceEvents,
  ): Promise<SocketDevice> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, device.address, () => socket.connect(device.port, '127.0.0.1', () => resolve()));
    });
    return new SocketDevice(engine, answering, device, socket, events);
  }

  private constructor(
    engine: Engine,
    answering: ServerEndpoint,
    { endpoint, proof }: LiveDevice,
    socket: Socket,
    events: DeviceEvents,
  ) {
    this.endpoint = endpoint;
    this.events = events;
    this.socket = socket;
    this.client = engine.clientEndpoint({
      ...clientProof(endpoint, proof),
      connectionId: true,
      handshakeTimeoutMs: { min: 1_000, max: 8_000 },
    });
    this.answering = new AnsweredHandshake(answering, endpoint, {
      send: (datagram) => socket.send(datagram),
      established: (connection) => this.answeredWith(connection),
    });
    socket.on('message', (bytes) => this.arrived(bytes));
    socket.on('error', () => {});
  }

  get isInFlight(): boolean {
    return this.current !== undefined;
  }

  /** The payload of all datagrams of handshakes that the gateway began, both ways. */
  get answeredBytes(): number {
    return this.answering.bytes;
  }

  get observations(): number {
    return this.relations.length;
  }

  /** Throws the connection away, if there is one, and begins a full handshake. */
  handshake(): void {
    this.connection?.free();
    this.current = undefined;
    this.relations.length = 0;
    this.handshakes++;
    this.connection = this.client.connect();
    this.take(this.connection.start());
  }

  /** Says that it is there; the gateway answers without a commit. */
  update(): void {
    const options = this.location.map((value) => ({ name: 'Uri-Path' as const, value }));
    this.send({ code: '0.02', confirmable: true, messageId: this.nextId(), token: Buffer.of(2), options });
  }

  /** Does what is due: repetitions, flights of the handshake, the next notification. */
  look(nowMs: number): void {
    const { connection, current, notifyAtMs } = this;
    if (connection === undefined) return;
    this.answering.look(nowMs);
    const flightAtMs = connection.established ? undefined : connection.nextTimeoutAtMs;
    if (flightAtMs !== undefined && flightAtMs <= nowMs) return this.take(connection.timeout());
    if (current !== undefined && current.atMs + current.timeoutMs <= nowMs) return this.unanswered(current);
    if (current === undefined && notifyAtMs !== undefined && notifyAtMs <= nowMs) this.notify();
  }

  /** Sends the next notification, unless one is under way or nobody observes. */
  notify(): void {
    if (this.current !== undefined || this.relations.length === 0 || this.wanted === 0) return;
    this.notifyAtMs = undefined;
    this.wanted--;
    const number = this.acknowledged + 1;
    const relation = this.relations[number % this.relations.length] as Relation;
    relation.observe++;
    const { token, format, observe, path } = relation;
    const options = [
      { name: 'Observe' as const, value: uint(observe) },
      { name: 'Content-Format' as const, value: uint(format) },
    ];
    this.confirmable({ code: '2.05', token, options, payload: payloadOf(path, number, format) }, true);
  }

  private arrived(datagram: Buffer): void {
    if (this.connection === undefined) return;
    const bytes = new Uint8Array(datagram.buffer, datagram.byteOffset, datagram.length);
    if (!this.answering.receive(bytes)) this.take(this.connection.receive(bytes));
  }

  private answeredWith(connection: Connection): void {
    this.connection?.free();
    this.connection = connection;
    if (connection.resumed) this.answered.resumed++;
    else this.answered.full++;
  }

  private take(progress: Progress): void {
    for (const datagram of progress.datagrams) this.socket.send(datagram);
    if (progress.ended !== undefined) return this.handshake();
    if (progress.established) this.register();
    for (const plaintext of progress.plaintexts) {
      this.events.answered();
      this.message(plaintext);
    }
  }

  private register(): void {
    const query = [`ep=${this.endpoint}`, `lt=${lifetimeSeconds}`, 'lwm2m=1.1', 'b=U'];
    const options = [
      { name: 'Uri-Path' as const, value: Buffer.from('rd') },
      { name: 'Content-Format' as const, value: uint(40) },
      ...query.map((value) => ({ name: 'Uri-Query' as const, value: Buffer.from(value) })),
    ];
    this.confirmable({ code: '0.02', token: Buffer.of(1), options, payload: Buffer.from(objects) }, false);
  }

  private message(plaintext: Uint8Array): void {
    const [type, messageId] = [((plaintext[0] ?? 0) >> 4) & 3, ((plaintext[2] ?? 0) << 8) | (plaintext[3] ?? 0)];
    if (type >= 2) this.landed(messageId, type === 3);
    if (plaintext[1] === 0) return;
    const packet = parse(Buffer.from(plaintext));
    if (packet.code.startsWith('0.')) return this.asked(packet);
    if (type === 0) this.send({ code: '0.00', ack: true, messageId });
    if (packet.code === '2.01') this.wasRegistered(packet);
  }

  /** An ACK or RST of what is under way. */
  private landed(messageId: number, isReset: boolean): void {
    const { current } = this;
    if (current?.messageId !== messageId) return;
    this.current = undefined;
    if (!current.isNotification) return;
    if (isReset) this.resets++;
    else this.acknowledged++;
    this.events.acknowledged(this);
  }

  private wasRegistered({ options }: ReturnType<typeof parse>): void {
    this.location = options.filter(({ name }) => name === 'Location-Path').map(({ value }) => value as Buffer);
    this.registrations++;
    this.events.registered();
  }

  private asked({ messageId, token, options }: ReturnType<typeof parse>): void {
    this.events.asked(this);
    const bytesOf = (wanted: string): Buffer[] =>
      options.filter(({ name }) => name === wanted).map(({ value }) => value as Buffer);
    const path = `/${bytesOf('Uri-Path').join('/')}`;
    const format = bytesOf('Accept')[0]?.reduce((number, byte) => number * 256 + byte, 0) ?? text;
    const observes = bytesOf('Observe').length > 0;
    const answer = [{ name: 'Content-Format' as const, value: uint(format) }];
    const observe = observes ? [{ name: 'Observe' as const, value: uint(1) }] : [];
    const payload = payloadOf(path, this.acknowledged, format);
    this.send({ code: '2.05', ack: true, messageId, token, options: [...observe, ...answer], payload });
    const isKnown = this.relations.some((relation) => relation.token.equals(token));
    if (observes && !isKnown) this.relations.push({ path, token: Buffer.from(token), format, observe: 1 });
  }

  private confirmable(packet: Packet, isNotification: boolean): void {
    const messageId = this.nextId();
    const bytes = new Uint8Array(generate({ ...packet, confirmable: true, messageId }));
    const timeoutMs = ackTimeoutMs * (1 + Math.random() * (ackRandomFactor - 1));
    this.current = { messageId, bytes, isNotification, transmissions: 0, timeoutMs, atMs: 0 };
    this.transmit(this.current);
  }

  private transmit(message: InFlight): void {
    message.transmissions++;
    message.atMs = performance.now();
    this.seal(message.bytes);
  }

  private unanswered(message: InFlight): void {
    if (message.transmissions > retransmitsMax) return this.handshake();
    message.timeoutMs *= 2;
    this.transmit(message);
  }

  private send(packet: Packet): void {
    this.seal(new Uint8Array(generate(packet)));
  }

  private seal(bytes: Uint8Array): void {
    const sealed = this.connection?.seal(bytes);
    if (sealed !== undefined && !(sealed instanceof DtlsError)) this.socket.send(sealed);
  }

  private nextId(): number {
    this.messageId = (this.messageId + 1) & 0xffff;
    return this.messageId;
  }
}

function payloadOf(path: string, number: number, format: number): Buffer {
  return encodeRecords([{ name: path, value: number }], format) ?? Buffer.from(String(number));
}
