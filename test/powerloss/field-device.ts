/**
 * A device without DTLS: registers, is observed, notifies, sends, updates, leaves and comes back, one message at a time, each
 * repeated until it is answered. Every value has a number and every registration a lifetime of its own, by which the recording
 * tells what was acknowledged; nothing is remembered here for that.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { generate, type Packet, type ParsedPacket, parse } from 'coap-packet';
import { uint } from '../demo/notification-sender.ts';
import type { Random } from '../simulation/random.ts';

export const observedPath = '/3303/0/5700';

export interface FieldDeviceOptions {
  readonly endpoint: string;
  /** Of 127.0.0.0/8: rates are limited by address. */
  readonly address: string;
  readonly gatewayPort: number;
  readonly random: Random;
}

const repeatMs = 250;
/** The fewer values, the faster a store is read back; what the disk goes through is the same. */
const pauseMsMax = 30;
const lifetimeFirstSeconds = 100_000;
const senmlJson = 110;

export class FieldDevice {
  private readonly options: FieldDeviceOptions;
  private readonly socket: Socket;
  private readonly answered = new Map<number, Buffer>();
  private messageId: number;
  private number = 0;
  private lifetime = lifetimeFirstSeconds;
  private sequence = 1;
  private location = '';
  private observeToken: Buffer | undefined;
  private waiting:
    | { readonly fits: (packet: ParsedPacket) => boolean; readonly done: (p: ParsedPacket | undefined) => void }
    | undefined;
  private stopped = false;

  static async bind(options: FieldDeviceOptions): Promise<FieldDevice> {
    const socket = createSocket('udp4');
    socket.bind(0, options.address);
    await once(socket, 'listening');
    return new FieldDevice(options, socket);
  }

  private constructor(options: FieldDeviceOptions, socket: Socket) {
    this.options = options;
    this.socket = socket;
    this.messageId = options.random.between(0, 65_535);
    socket.on('message', (bytes) => this.receive(bytes));
  }

  get endpoint(): string {
    return this.options.endpoint;
  }

  /** Does one thing after another until `stop`. */
  async live(): Promise<void> {
    while (!this.stopped) {
      await this.act(this.options.random.between(1, 100));
      await wait(this.options.random.between(0, pauseMsMax));
    }
  }

  async register(): Promise<void> {
    const query = [`ep=${this.endpoint}`, `lt=${++this.lifetime}`, 'lwm2m=1.1', 'b=U'];
    const answer = await this.request('POST', ['rd'], query, { payload: Buffer.from('</1/0>,</3/0>,</3303/0>') });
    const path = answer?.options.filter(({ name }) => name === 'Location-Path') ?? [];
    if (path.length > 0) this.location = path.at(-1)?.value.toString() ?? '';
  }

  /** No further messages; the one under way is given up. */
  stop(): void {
    this.stopped = true;
    this.socket.close();
    this.waiting?.done(undefined);
  }

  private async act(chance: number): Promise<void> {
    if (chance <= 3) {
      await this.request('DELETE', ['rd', this.location], [], {});
      this.observeToken = undefined;
      await this.register();
    } else if (chance <= 8) await this.request('POST', ['rd', this.location], [`lt=${++this.lifetime}`], {});
    else if (chance <= 11) await this.request('POST', ['rd', this.location], [], {});
    else if (chance <= 30) await this.send();
    else await this.notify();
  }

  private async send(): Promise<void> {
    const records = [
      { n: observedPath, v: ++this.number },
      { n: '/3/0/0', vs: this.padding() },
    ];
    const payload = Buffer.from(JSON.stringify(records));
    await this.request('POST', ['dp'], [], { payload, format: senmlJson });
  }

  private async notify(): Promise<void> {
    const token = this.observeToken;
    if (token === undefined) return;
    const messageId = this.nextMessageId();
    const bytes = generate({
      code: '2.05',
      confirmable: true,
      messageId,
      token,
      options: [
        { name: 'Observe', value: uint(++this.sequence) },
        { name: 'Content-Format', value: uint(0) },
      ],
      // A number with many zeros behind its point: large enough for the store to have something to do.
      payload: Buffer.from(`${++this.number}.${this.padding().replace(/./g, '0')}`),
    });
    const answer = await this.exchange(
      bytes,
      (packet) => (packet.ack || packet.reset) && packet.messageId === messageId,
    );
    if (answer?.reset && this.observeToken === token) this.observeToken = undefined;
  }

  private padding(): string {
    return 'x'.repeat(this.options.random.between(1, 500));
  }

  private async request(
    method: 'POST' | 'DELETE',
    path: readonly string[],
    query: readonly string[],
    body: { readonly payload?: Buffer; readonly format?: number },
  ): Promise<ParsedPacket | undefined> {
    const token = Buffer.alloc(4);
    this.options.random.fill(token);
    const bytes = generate({
      code: method,
      confirmable: true,
      messageId: this.nextMessageId(),
      token,
      options: [
        ...path.map((part) => ({ name: 'Uri-Path' as const, value: Buffer.from(part) })),
        ...(body.format === undefined ? [] : [{ name: 'Content-Format' as const, value: uint(body.format) }]),
        ...query.map((part) => ({ name: 'Uri-Query' as const, value: Buffer.from(part) })),
      ],
      ...(body.payload === undefined ? {} : { payload: body.payload }),
    });
    return await this.exchange(bytes, (packet) => isResponse(packet) && packet.token.equals(token));
  }

  /** Sends it until what fits arrives; undefined when the device is stopped first. */
  private async exchange(bytes: Buffer, fits: (packet: ParsedPacket) => boolean): Promise<ParsedPacket | undefined> {
    if (this.stopped) return undefined;
    const timer = setInterval(() => this.transmit(bytes), repeatMs);
    const answer = new Promise<ParsedPacket | undefined>((resolve) => {
      this.waiting = { fits, done: resolve };
    });
    this.transmit(bytes);
    const packet = await answer;
    clearInterval(timer);
    this.waiting = undefined;
    return packet;
  }

  private receive(bytes: Buffer): void {
    const packet = parse(bytes);
    if (packet.code.startsWith('0.') && packet.code !== '0.00') return this.answer(packet);
    if (packet.confirmable) {
      this.transmit(generate({ code: '0.00', messageId: packet.messageId, ack: true }));
    }
    if (this.waiting?.fits(packet)) this.waiting.done(packet);
  }

  private answer(packet: ParsedPacket): void {
    let bytes = this.answered.get(packet.messageId);
    if (bytes === undefined) {
      const observe = packet.options.find(({ name }) => name === 'Observe');
      const observes = observe !== undefined && Buffer.from(observe.value as Buffer).length === 0;
      if (observes) this.observeToken = packet.token;
      const options: Packet['options'] = [{ name: 'Content-Format', value: uint(0) }];
      if (observes) options.unshift({ name: 'Observe', value: uint(++this.sequence) });
      const { messageId, token } = packet;
      bytes = generate({ code: '2.05', ack: true, messageId, token, options, payload: Buffer.from('0') });
      this.answered.set(messageId, bytes);
    }
    this.transmit(bytes);
  }

  private transmit(bytes: Uint8Array): void {
    if (!this.stopped) this.socket.send(bytes, this.options.gatewayPort, '127.0.0.1');
  }

  private nextMessageId(): number {
    this.messageId = (this.messageId + 1) % 65_536;
    return this.messageId;
  }
}

function isResponse({ code }: ParsedPacket): boolean {
  return !code.startsWith('0.');
}
