/**
 * One device in the world: shakes hands, registers, notifies and sends numbered values, updates, reboots, moves to another
 * address. It tells the monitor what it saw acknowledged; it never helps the gateway.
 */
import type { Packet, ParsedPacket } from 'coap-packet';
import type { Engine } from 'mbedtls-wasm';
import type { Address } from '../../src/base/address.ts';
import { toHex } from '../../src/base/bytes.ts';
import { DeviceCoap } from './device-coap.ts';
import { type DeviceLink, DtlsLink, type LinkEvents, PlainLink } from './device-link.ts';
import type { Monitor } from './monitor.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

export interface DeviceWorld {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly engine: Engine;
  readonly monitor: Monitor;
  /** A fresh address; what is sent there is sealed for the connection of this name. */
  freshAddress(device: SimulatedDevice, connection: string): Address;
  send(device: SimulatedDevice, bytes: Uint8Array): void;
}

export interface DeviceOptions {
  readonly name: string;
  readonly secure: boolean;
  readonly connectionId: boolean;
  readonly resumes: boolean;
  readonly queueMode: boolean;
  /** It answers handshakes that the gateway begins: always with a full one, or also with one of before. */
  readonly acceptsHandshakes?: 'full' | 'resuming';
}

/** How many messages in a row may go unanswered before something is wrong: chance alone does not do that. */
const unansweredMax = 3;

/** For how long a repetition of a request may reach a device that has begun anew since (MAX_TRANSMIT_WAIT and the network). */
const staleRequestMs = 100_000;

/** How long a datagram may wait, for the network and for a gateway that is down. */
const datagramLifetimeMs = 15_000;

export class SimulatedDevice {
  readonly options: DeviceOptions;
  address: Address;
  /** The device's own choice to begin anew; each explains one handshake and one registration. */
  beginnings = 0;
  /** It left and came back over the same connection; each explains one registration. */
  leavings = 0;
  registrations = 0;
  /** The handshake of its connection is complete. */
  established = false;
  handshakes = 0;
  /** Handshakes that the gateway began, and how many of them were abbreviated. */
  answered = 0;
  resumed = 0;
  location: readonly string[] | undefined;
  lifetimeSeconds = 1_200;
  number = 0;
  /** The token that the gateway observes with, if it does. */
  observeToken: Buffer | undefined;
  /** The newest value that the gateway wrote, and how often it was executed. */
  written: string | undefined;
  executions = 0;
  private sequence = 0;
  private connections = 0;
  private unanswered = 0;
  private begunAtMs = 0;
  /** When anything came over this connection; undefined until then. */
  private heardAtMs: number | undefined;
  private readonly world: DeviceWorld;
  private readonly link: DeviceLink;
  private readonly coap: DeviceCoap;

  constructor(world: DeviceWorld, options: DeviceOptions) {
    this.world = world;
    this.options = options;
    this.coap = new DeviceCoap(world.timeline, world.random.fork(), {
      send: (bytes) => this.link.send(bytes),
      answer: (request) => this.answer(request),
      heard: () => {
        this.heardAtMs = world.timeline.nowMs;
      },
    });
    const events: LinkEvents = {
      send: (bytes) => world.send(this, bytes),
      established: () => this.opened(),
      answered: (resumed) => {
        this.answered++;
        if (resumed) this.resumed++;
        this.established = true;
      },
      message: (plaintext) => this.coap.receive(plaintext),
      lost: () => this.begin(false),
    };
    const { name, connectionId, resumes, acceptsHandshakes } = options;
    const suite = 'TLS_PSK_WITH_AES_128_CCM_8' as const;
    this.link = options.secure
      ? new DtlsLink(world.engine, world.timeline, { name, connectionId, resumes, suite, acceptsHandshakes }, events)
      : new PlainLink(events);
    this.address = world.freshAddress(this, `${name}#0`);
  }

  /** Switches the device on, or off and on again. `own`: it was the device's own doing. */
  begin(own = true): void {
    if (own) this.beginnings++;
    this.coap.reset();
    this.location = undefined;
    this.observeToken = undefined;
    this.unanswered = 0;
    this.begunAtMs = this.world.timeline.nowMs;
    this.established = false;
    this.heardAtMs = undefined;
    this.connections++;
    if (this.options.secure) this.address = this.world.freshAddress(this, `${this.options.name}#${this.connections}`);
    this.link.open();
  }

  /** Off and on again; not while what it sent before the last time may still be on its way. */
  reboot(): void {
    if (this.world.timeline.nowMs - this.begunAtMs > datagramLifetimeMs) this.begin();
  }

  /** The network gives it another address; with a connection ID nothing else changes. */
  move(): void {
    // A handshake that goes on from another address is two handshakes to the gateway, with keys of their own.
    if (!this.established) return;
    this.address = this.world.freshAddress(this, `${this.options.name}#${this.connections}`);
  }

  receive(datagram: Uint8Array): void {
    this.link.receive(datagram);
  }

  notify(): void {
    const token = this.observeToken;
    if (token === undefined) return;
    const number = ++this.number;
    const observe = Buffer.from([(++this.sequence >> 8) & 0xff, this.sequence & 0xff]);
    const options = [{ name: 'Observe' as const, value: observe }, contentFormat(0)];
    const packet: Packet = { code: '2.05', token, options, payload: Buffer.from(String(number)) };
    this.report(packet, number, (answer) => {
      if (answer?.reset) this.rejected(token);
      return answer?.ack === true && answer.code === '0.00';
    });
  }

  /** Reports on its own, `POST /dp`. */
  sendReport(): void {
    if (this.location === undefined) return;
    const number = ++this.number;
    const payload = Buffer.from(JSON.stringify([{ n: '/3300/0/5700', v: number }]));
    const token = Buffer.from([number & 0xff, (number >> 8) & 0xff, 0x5e]);
    const options = [path('dp'), contentFormat(110)];
    this.report({ code: '0.02', token, options, payload }, number, (answer) => answer?.code === '2.04');
  }

  update(lifetimeSeconds?: number): void {
    if (this.location === undefined) return;
    const query =
      lifetimeSeconds === undefined
        ? []
        : [{ name: 'Uri-Query' as const, value: Buffer.from(`lt=${lifetimeSeconds}`) }];
    const { location } = this;
    this.request({ code: '0.02', options: [...location.map(path), ...query] }, (answer) => {
      if (answer === undefined || location !== this.location) return;
      if (answer.code === '2.04' && lifetimeSeconds !== undefined) this.lifetimeSeconds = lifetimeSeconds;
      if (answer.code === '4.04')
        this.world.monitor.violate(`${this.options.name} was registered, and is not any more`);
    });
  }

  /** Leaves, and comes back over the same connection once that is answered. */
  leave(): void {
    const { location, observeToken, beginnings, connections } = this;
    if (location === undefined) return;
    this.location = undefined;
    this.observeToken = undefined;
    this.request({ code: '0.04', options: location.map(path) }, (answer) => {
      if (beginnings !== this.beginnings || connections !== this.connections) return;
      // Without an answer it has left all the same, for all it knows.
      if (answer === undefined || answer.code === '2.02') {
        this.leavings++;
        return this.register();
      }
      if (answer.code === '4.04') {
        this.world.monitor.violate(`${this.options.name} left, and was told that it had not been there`);
      }
      this.location = location;
      this.observeToken = observeToken;
    });
  }

  /** Gives back what the engine holds. */
  free(): void {
    if (this.link instanceof DtlsLink) this.link.free();
    else this.link.close();
  }

  private opened(): void {
    this.established = true;
    this.handshakes++;
    this.register();
  }

  private register(): void {
    const { name, queueMode } = this.options;
    const query = [`ep=${name}`, `lt=${this.lifetimeSeconds}`, 'lwm2m=1.1', 'b=U', ...(queueMode ? ['Q'] : [])];
    const options = [
      path('rd'),
      contentFormat(40),
      ...query.map((value) => ({ name: 'Uri-Query' as const, value: Buffer.from(value) })),
    ];
    const payload = Buffer.from('</1/0>,</3/0>,</3300/0>');
    this.request({ code: '0.02', options, payload }, (answer) => {
      if (answer?.code === '2.01') {
        this.registrations++;
        const segments = answer.options.filter((option) => option.name === 'Location-Path');
        this.location = segments.map((option) => String(option.value));
        return;
      }
      this.world.timeline.plan(1_000, () => this.location ?? this.register());
    });
  }

  private request(packet: Packet, onEnd: (answer: ParsedPacket | undefined) => void): void {
    const token = Buffer.alloc(4);
    this.world.random.fill(token);
    const sentAtMs = this.world.timeline.nowMs;
    this.coap.send({ ...packet, token }, (answer) => {
      const stillHere = answer !== undefined || !this.gaveUp(sentAtMs);
      if (stillHere) onEnd(answer);
    });
  }

  private report(packet: Packet, number: number, isGood: (answer: ParsedPacket | undefined) => boolean): void {
    const device = this.options.name;
    const sentAtMs = this.world.timeline.nowMs;
    const messageId = this.coap.send(packet, (answer) => {
      if (answer === undefined) this.gaveUp(sentAtMs);
      if (isGood(answer)) this.world.monitor.acknowledgedBy({ device, number, messageId });
    });
  }

  /** RST: the observation has ended (RFC 7641 section 3.6). To a device that did not begin anew lately it must not happen. */
  private rejected(token: Buffer): void {
    if (this.observeToken === undefined || toHex(token) !== toHex(this.observeToken)) return;
    this.observeToken = undefined;
    const mayBeStale = this.world.timeline.nowMs - this.begunAtMs < staleRequestMs;
    if (!mayBeStale) this.world.monitor.violate(`${this.options.name} got RST to a notification`);
  }

  /**
   * A message got no answer. Where nothing at all was heard meanwhile the device is in the dark; when nothing ever came over this
   * connection the cut fell between Finished and the commit of the association, which may cost one handshake. True when the
   * device begins anew.
   */
  private gaveUp(sentAtMs: number): boolean {
    if (this.heardAtMs !== undefined && this.heardAtMs >= sentAtMs) return false;
    if (this.heardAtMs !== undefined && ++this.unanswered < unansweredMax) return false;
    if (this.heardAtMs !== undefined) {
      this.world.monitor.violate(`${this.options.name} is in the dark: ${unansweredMax} messages without any answer`);
    }
    this.begin();
    return true;
  }

  private answer(request: ParsedPacket): Partial<Packet> {
    const observe = request.options.find((option) => option.name === 'Observe');
    if (request.code === '0.02') {
      this.executions++;
      return { code: '2.04' };
    }
    if (request.code === '0.03') {
      this.written = String(request.payload);
      return { code: '2.04' };
    }
    if (observe === undefined) return { code: '2.05', options: [contentFormat(0)], payload: Buffer.from('21.5') };
    // The gateway observes once more, or not any more; the value is the first one of it.
    const isCancel = Buffer.isBuffer(observe.value) ? observe.value.at(-1) === 1 : Number(observe.value) === 1;
    if (isCancel) {
      if (this.observeToken !== undefined && toHex(request.token) === toHex(this.observeToken))
        this.observeToken = undefined;
      return { code: '2.05', options: [contentFormat(0)], payload: Buffer.from('21.5') };
    }
    this.observeToken = Buffer.from(request.token);
    const value = Buffer.from([(++this.sequence >> 8) & 0xff, this.sequence & 0xff]);
    return { code: '2.05', options: [{ name: 'Observe', value }, contentFormat(0)], payload: Buffer.from('21.5') };
  }
}

function path(segment: string): { name: 'Uri-Path'; value: Buffer } {
  return { name: 'Uri-Path', value: Buffer.from(segment) };
}

function contentFormat(number: number): { name: 'Content-Format'; value: Buffer } {
  return { name: 'Content-Format', value: Buffer.from(number > 255 ? [number >> 8, number & 0xff] : [number]) };
}
