/**
 * The world: the gateway's process, its disk, a network that loses, doubles, delays and reorders, devices, an attacker who
 * records and replays, and the power, which goes at a point of the seed's choosing. Scenarios and the random run share it.
 */
import { Engine } from 'mbedtls-wasm';
import { readWasm } from 'mbedtls-wasm/read-wasm';
import { type Address, address } from '../../src/base/address.ts';
import { crc32 } from '../../src/base/crc32.ts';
import { contentType } from '../../src/dtls/record.ts';
import type { Datagram } from '../../src/gateway/contract.ts';
import type { GatewayEvent } from '../../src/gateway/events.ts';
import type { OperatorAction } from '../../src/gateway/operator.ts';
import { decodeRecord } from '../../src/records/envelope.ts';
import { asMap, text, unsigned } from '../../src/records/reader.ts';
import { deviceKey, type GatewayConfigured, GatewayProcess, plainListener, secureListener } from './gateway-process.ts';
import { type LoggedReport, Monitor, ownConnectionId } from './monitor.ts';
import { Random } from './random.ts';
import { type DeviceOptions, SimulatedDevice } from './simulated-device.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { Timeline } from './timeline.ts';

export interface Network {
  readonly lossProbability: number;
  readonly duplicateProbability: number;
  readonly delayMinMs: number;
  readonly delayMaxMs: number;
}

export const perfectNetwork: Network = { lossProbability: 0, duplicateProbability: 0, delayMinMs: 5, delayMaxMs: 5 };

const heldDatagramsMax = 5_000;
const recordedMax = 50;

/** One engine serves the devices of all worlds: it lives in their time. */
let deviceTime = new Timeline();
let deviceRandom = new Random(0);
const deviceEngine = Engine.instantiate(readWasm(), {
  random: (into) => deviceRandom.fill(into),
  monotonicMs: () => deviceTime.nowMs,
  wallMs: () => deviceTime.nowMs,
});

export class World {
  readonly timeline = new Timeline();
  readonly random: Random;
  readonly disk: SimulatedDisk;
  readonly monitor = new Monitor();
  readonly devices: SimulatedDevice[] = [];
  readonly events: GatewayEvent[] = [];
  readonly engine = deviceEngine;
  network: Network = perfectNetwork;
  /** Opportunities until the power goes in the next lives; one each, then no more cuts. */
  cuts: number[] = [];
  powerCuts = 0;
  /** Of every datagram that the gateway sent, and when. */
  digest = 0;
  lives = 0;
  readonly cutPlaces: string[] = [];
  outageMs = 500;
  /** While the store fails, and until the gateway has recovered from it. */
  refusesUntilMs = 0;
  clockTrusted = true;
  /** The port stays open while the gateway is down: what comes waits. */
  portHeld = true;
  /** Who else listens on this network, besides the devices. */
  readonly listening = new Map<Address, (datagram: Uint8Array) => void>();
  gateway: GatewayProcess;
  private held: { listener: typeof secureListener; from: Address; bytes: Uint8Array }[] = [];
  private readonly addresses = new Map<Address, { device: SimulatedDevice; connection: string }>();
  private readonly recorded: { from: Address; bytes: Uint8Array; secure: boolean }[] = [];
  private readonly networkRandom: Random;
  private readonly configuration: GatewayConfigured;
  private ports = 1_024;

  /** `configuration`: of the gateway, beyond its listeners. */
  constructor(seed: number, configuration: GatewayConfigured = {}) {
    this.configuration = configuration;
    this.random = new Random(seed);
    this.disk = new SimulatedDisk(this.random.pick([8, 16, 32]));
    this.networkRandom = this.random.fork();
    deviceRandom = this.random.fork();
    deviceTime = this.timeline;
    this.gateway = this.newProcess();
  }

  add(options: DeviceOptions): SimulatedDevice {
    const device = new SimulatedDevice(this, options);
    this.devices.push(device);
    return device;
  }

  /** From now on the power stays. */
  endCuts(): void {
    this.cuts = [];
    this.gateway.spare();
  }

  /** Starts the gateway. */
  powerOn(): void {
    this.gateway.start();
    if (!this.gateway.ready) return;
    for (const { listener, from, bytes } of this.held.splice(0)) this.gateway.receive(listener, from, bytes);
  }

  /** A clean stop, and the next start after the outage. */
  restart(): void {
    this.gateway.stop();
    this.startAgain();
  }

  run(forMs: number, stop?: () => boolean): void {
    this.timeline.runUntil(this.timeline.nowMs + forMs, stop);
  }

  operate(action: OperatorAction): number | undefined {
    return this.gateway.ready ? this.gateway.operate(action) : undefined;
  }

  /** Asks for a change and waits until it is confirmed: only then does it count. */
  confirmed(action: OperatorAction): void {
    this.events.length = 0;
    this.operate(action);
    this.run(10_000, () => this.events.some((event) => event.kind === 'answer'));
  }

  addKey(device: SimulatedDevice): void {
    const { name } = device.options;
    this.confirmed({ kind: 'add-device', endpoint: name, identity: name, key: deviceKey(name), replace: false });
  }

  // What devices reach.

  freshAddress(device: SimulatedDevice, connection: string): Address {
    const at = address('192.0.2.1', this.ports++);
    this.addresses.set(at, { device, connection });
    return at;
  }

  send(device: SimulatedDevice, bytes: Uint8Array): void {
    this.toGateway(device.address, bytes.slice(), device.options.secure, true);
  }

  /** An attacker sends again what he recorded, from where it came or from an address of his own. */
  replay(fromElsewhere: boolean): void {
    if (this.recorded.length === 0) return;
    const { from, bytes, secure } = this.random.pick(this.recorded);
    if (!secure) return;
    const origin = fromElsewhere ? address('198.51.100.66', this.random.between(1, 65_535)) : from;
    this.toGateway(origin, bytes, secure, false);
  }

  /** What the event log holds above an id, read off the disk: the numbers of devices, with the messages that brought them. */
  loggedReports(after = 0): LoggedReport[] {
    const reports = [];
    for (const { key, value } of this.disk.kept()) {
      if (!key.startsWith('ev/')) continue;
      const id = Number(key.slice('ev/'.length));
      if (id <= after) continue;
      const decoded = decodeRecord(key, value);
      const body = 'error' in decoded ? undefined : asMap(decoded.body);
      if (body === undefined) continue;
      const payload = body.get('b') as Uint8Array;
      const written = new TextDecoder().decode(payload);
      const number = body.get('k') === 1 ? Number(JSON.parse(written)[0].v) : Number(written);
      const messageId = unsigned(body, 'm') ?? -1;
      // A device that reboots begins anew with its message IDs and tokens; its associations tell the messages apart.
      const association = `${unsigned(body, 'a')}`;
      const token = new Uint8Array([...(body.get('t') as Uint8Array), ...new TextEncoder().encode(association)]);
      reports.push({ id, device: text(body, 'e') ?? '', number, messageId, token });
    }
    return reports;
  }

  /** Gives back what the engine holds. */
  free(): void {
    for (const device of this.devices) device.free();
  }

  private toGateway(from: Address, bytes: Uint8Array, secure: boolean, genuine: boolean): void {
    const listener = secure ? secureListener : plainListener;
    this.carry(() => {
      if (this.gateway.ready && genuine) this.record(from, bytes, secure);
      if (this.gateway.ready) this.gateway.receive(listener, from, bytes);
      else if (this.portHeld && this.held.length < heldDatagramsMax) this.held.push({ listener, from, bytes });
    });
  }

  /**
   * The attacker sees what arrives. What is refused with 5.03 while the store fails leaves no durable trace: after a cut its
   * replay is a late delivery of something that nobody acknowledged, which may be carried out.
   */
  private record(from: Address, bytes: Uint8Array, secure: boolean): void {
    if (this.timeline.nowMs <= this.refusesUntilMs) return;
    this.recorded.push({ from, bytes, secure });
    if (this.recorded.length > recordedMax) this.recorded.shift();
  }

  private fromGateway(datagram: Datagram): void {
    this.digest = crc32(datagram.bytes, (this.digest ^ Math.round(this.timeline.nowMs * 1_000)) >>> 0);
    const stranger = this.listening.get(datagram.to);
    if (stranger !== undefined) this.carry(() => stranger(datagram.bytes.slice()));
    const found = this.addresses.get(datagram.to);
    if (found === undefined) return;
    const { device, connection } = found;
    // A handshake that a cut interrupted goes on with the next life, which makes other keys for it.
    const ownKey = ownConnectionId(datagram.bytes);
    const key = ownKey ?? (device.established ? connection : `${connection} in life ${this.lives}`);
    // A handshake that the attacker began from an address which the device has left ends with an alert under keys of its own.
    const isStrangers = datagram.to !== device.address && datagram.bytes[0] === contentType.alert;
    if (device.options.secure && !isStrangers) this.monitor.sent(key, datagram.bytes);
    const bytes = datagram.bytes.slice();
    // A device that moved is not at its old address any more.
    this.carry(() => {
      if (device.address === datagram.to) device.receive(bytes);
    });
  }

  private carry(deliver: () => void): void {
    const { lossProbability, duplicateProbability, delayMinMs, delayMaxMs } = this.network;
    const copies = this.networkRandom.chance(duplicateProbability) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const lost = this.networkRandom.chance(lossProbability);
      const delayMs = this.networkRandom.between(delayMinMs, delayMaxMs);
      if (lost) continue;
      this.timeline.plan(delayMs, deliver);
    }
  }

  private newProcess(): GatewayProcess {
    this.lives++;
    return new GatewayProcess({
      configuration: this.configuration,
      timeline: this.timeline,
      random: this.random.fork(),
      disk: this.disk,
      cutAfter: this.cuts.shift(),
      wallAt: (nowMs) =>
        this.clockTrusted
          ? { wall: 1_790_000_000_000 + nowMs, trusted: true }
          : { wall: nowMs % 1_000, trusted: false },
      commitMs: () => (this.random.chance(0.05) ? this.random.between(500, 2_500) : this.random.between(1, 30)),
      send: (datagram) => this.fromGateway(datagram),
      tell: (event) => this.told(event),
      died: (where) => this.died(where),
    });
  }

  private told(event: GatewayEvent): void {
    this.events.push(event);
    if (event.kind !== 'answer' || event.answer.kind !== 'reader') return;
    this.monitor.readerIsAt(event.answer.name, event.answer.cursor);
  }

  private died(where: string): void {
    this.powerCuts++;
    this.cutPlaces.push(where);
    this.startAgain();
  }

  private startAgain(): void {
    this.timeline.plan(this.outageMs, () => {
      this.gateway = this.newProcess();
      this.powerOn();
    });
  }
}
