/**
 * A device without DTLS on a real socket: registers, is observed, and reports numbered values in confirmable notifications and Sends. What
 * was acknowledged to it goes into the ledger: the ACK of a notification, 2.04 to a Send, 2.01 to a Register.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Packet, ParsedPacket } from 'coap-packet';
import { DeviceCoap, type DeviceTime } from '../simulation/device-coap.ts';
import type { Random } from '../simulation/random.ts';
import type { Planned } from '../simulation/timeline.ts';
import { type Ledger, type ReportKind, reportPayload } from './ledger.ts';

export interface FieldDeviceOptions {
  readonly endpoint: string;
  /** The gateway's, on the loopback address. */
  readonly port: number;
  readonly ledger: Ledger;
  readonly random: Random;
}

const lifetimeSeconds = 3_600;
const contentFormats = { text: 0, link: 40, senmlJson: 110 } as const;

export class FieldDevice {
  readonly endpoint: string;
  /** RSTs to notifications: the gateway does not know the observation. */
  resets = 0;
  private readonly ledger: Ledger;
  private readonly random: Random;
  private readonly socket: Socket;
  private readonly time = new RealTime();
  private readonly coap: DeviceCoap;
  private readonly numbers = { notification: 0, send: 0 };
  private observeToken: Buffer | undefined;

  private constructor({ endpoint, port, ledger, random }: FieldDeviceOptions, socket: Socket) {
    this.endpoint = endpoint;
    this.ledger = ledger;
    this.random = random;
    this.socket = socket;
    this.coap = new DeviceCoap(this.time, random, {
      send: (bytes) => socket.send(bytes, port, '127.0.0.1'),
      answer: (request) => this.answer(request),
      heard: () => {},
    });
    socket.on('message', (bytes) => this.coap.receive(bytes));
    socket.on('error', () => {});
  }

  static async open(options: FieldDeviceOptions): Promise<FieldDevice> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new FieldDevice(options, socket);
  }

  /** True when it was answered with 2.01. */
  async register(): Promise<boolean> {
    this.ledger.registerSent(this.endpoint);
    const query = [`ep=${this.endpoint}`, `lt=${lifetimeSeconds}`, 'lwm2m=1.1', 'b=U'];
    const uriQuery = query.map((word) => ({ name: 'Uri-Query' as const, value: Buffer.from(word) }));
    const options = [uriPath('rd'), contentFormat(contentFormats.link), ...uriQuery];
    const answer = await this.request({ code: '0.02', options, payload: Buffer.from('</1/0>,</3/0>,</3300/0>') });
    if (answer?.code !== '2.01') return false;
    const location = answer.options.filter(({ name }) => name === 'Location-Path').map(({ value }) => String(value));
    this.ledger.registerAcknowledged(this.endpoint, location.at(-1) ?? '');
    return true;
  }

  /** The next report of this kind; true when it was acknowledged. */
  async report(kind: ReportKind): Promise<boolean> {
    const number = ++this.numbers[kind];
    this.ledger.reportSent(this.endpoint, kind, number);
    const payload = Buffer.from(reportPayload(kind, number));
    const acknowledged = await (kind === 'send' ? this.send(payload) : this.notify(number, payload));
    if (acknowledged) this.ledger.reportAcknowledged(this.endpoint, kind, number);
    return acknowledged;
  }

  close(): void {
    this.time.stop();
    this.socket.close();
  }

  private async send(payload: Buffer): Promise<boolean> {
    const options = [uriPath('dp'), contentFormat(contentFormats.senmlJson)];
    const answer = await this.request({ code: '0.02', options, payload });
    return answer?.code === '2.04';
  }

  private async notify(number: number, payload: Buffer): Promise<boolean> {
    const token = this.observeToken;
    if (token === undefined) throw new Error(`${this.endpoint} is not observed`);
    const observe = Buffer.from([number >> 16, number >> 8, number]);
    const options = [{ name: 'Observe' as const, value: observe }, contentFormat(contentFormats.text)];
    const answer = await this.exchange({ code: '2.05', token, options, payload });
    if (answer?.reset === true) this.resets++;
    return answer?.ack === true && answer.code === '0.00';
  }

  private request(packet: Packet): Promise<ParsedPacket | undefined> {
    const token = Buffer.alloc(4);
    this.random.fill(token);
    return this.exchange({ ...packet, token });
  }

  /** Undefined when nobody answers, after all repetitions. */
  private exchange(packet: Packet): Promise<ParsedPacket | undefined> {
    return new Promise((resolve) => this.coap.send(packet, resolve));
  }

  /** The gateway observes the one resource; whatever else it asks for is not there. */
  private answer({ code, token, options }: ParsedPacket): Partial<Packet> {
    const observes = options.some(({ name, value }) => name === 'Observe' && (value as Buffer).length === 0);
    if (code !== '0.01' || !observes) return { code: '4.04' };
    this.observeToken = Buffer.from(token);
    const first = [{ name: 'Observe' as const, value: Buffer.alloc(0) }, contentFormat(contentFormats.text)];
    return { code: '2.05', options: first, payload: Buffer.from('0') };
  }
}

class RealTime implements DeviceTime {
  private readonly timers = new Map<Planned, NodeJS.Timeout>();

  plan(afterMs: number, run: () => void): Planned {
    const planned = { run };
    const due = (): void => {
      this.timers.delete(planned);
      run();
    };
    this.timers.set(planned, setTimeout(due, afterMs));
    return planned;
  }

  cancel(planned: Planned | undefined): void {
    if (planned === undefined) return;
    clearTimeout(this.timers.get(planned));
    this.timers.delete(planned);
  }

  stop(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }
}

function uriPath(value: string): { name: 'Uri-Path'; value: Buffer } {
  return { name: 'Uri-Path', value: Buffer.from(value) };
}

function contentFormat(value: number): { name: 'Content-Format'; value: Buffer } {
  return { name: 'Content-Format', value: Buffer.from(value === 0 ? [] : [value]) };
}
