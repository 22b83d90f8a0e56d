/**
 * The world: the gateway's process, its disk, a network that loses, doubles, delays and reorders, devices, an attacker who
 * records and replays, and the power, which goes at a point of the seed's choosing. Scenarios and the random run share it.
 */
import { Engine } from 'mbedtls-wasm';
import { readWasm } from 'mbedtls-wasm/read-wasm';
import { type Address, address } from '../../src/base/address.ts';
import { utf8Encode } from '../../src/base/bytes.ts';
import { crc32 } from '../../src/base/crc32.ts';
import { limits } from '../../src/base/limits.ts';
import type { Datagram } from '../../src/gateway/contract.ts';
import { afterDeath, type Deaths, type HandNote, type InHand } from '../../src/gateway/crash-loop.ts';
import type { GatewayEvent } from '../../src/gateway/events.ts';
import type { OperatorAction } from '../../src/gateway/operator.ts';
import { decodeRecord } from '../../src/records/envelope.ts';
import { asMap, text, unsigned } from '../../src/records/reader.ts';
import { Contacts } from './contacts.ts';
import { type CoverageKey, coverEvent, cutKey, noCoverage } from './coverage.ts';
import { Damage } from './damage.ts';
import type { DeviceOptions } from './device-habits.ts';
import { keyOf } from './device-proof.ts';
import { type GatewayConfigured, GatewayProcess, plainListener, secureListener } from './gateway-process.ts';
import { KeyWatch } from './key-watch.ts';
import { type LoggedReport, Monitor } from './monitor.ts';
import { OperationWatch } from './operation-watch.ts';
import { Random } from './random.ts';
import { SimulatedDevice } from './simulated-device.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { Timeline } from './timeline.ts';
import { type Clock, wallAt } from './wall-clock.ts';

export interface Network {
  readonly lossProbability: number;
  readonly duplicateProbability: number;
  readonly delayMinMs: number;
  readonly delayMaxMs: number;
}

export const perfectNetwork: Network = { lossProbability: 0, duplicateProbability: 0, delayMinMs: 5, delayMaxMs: 5 };

const heldDatagramsMax = 5_000;
const recordedMax = 50;
/** A cut so soon after a start falls into its recovery. */
const recoveryMs = 10_000;
/** Somebody whose addresses are nobody's else. */
const attackerHost = '198.51.100.66';

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
  readonly operations = new OperationWatch();
  /** What happens to the disk while the gateway is down. */
  readonly damage = new Damage();
  readonly coverage = noCoverage();
  readonly devices: SimulatedDevice[] = [];
  readonly events: GatewayEvent[] = [];
  readonly engine = deviceEngine;
  /** Opportunities until the power goes in the next lives; one each, then no more cuts. */
  cuts: number[] = [];
  powerCuts = 0;
  /** Throws `Fault` where the gateway is to die of what it has in hand. */
  poison: HandNote = () => {};
  crashes = 0;
  /** What the gateway died of, as the breadcrumb keeps it. */
  deaths: readonly Deaths[] = [];
  /** Of every datagram that the gateway sent, and when. */
  digest = 0;
  lives = 0;
  outageMs = 500;
  /** While the store fails, and until the gateway has recovered from it. */
  refusesUntilMs = 0;
  clock: Clock = 'trusted';
  portHeld = true; // While the gateway is down: what comes waits.
  /** Who else listens on this network, besides the devices. */
  readonly listening = new Map<Address, (datagram: Uint8Array) => void>();
  gateway: GatewayProcess;
  private culprit: InHand | undefined;
  private held: { listener: typeof secureListener; from: Address; bytes: Uint8Array }[] = [];
  private readonly addresses = new Map<Address, SimulatedDevice>();
  private readonly keys = new KeyWatch((what) => this.monitor.violate(what));
  private readonly contacts: Contacts;
  private readonly networkRandoms = new Map<SimulatedDevice | undefined, Random>();
  private readonly seed: number;
  private networkNow: Network = perfectNetwork;
  /** Until then something was lost or refused, or the gateway was not there. */
  private troubledUntilMs = 0;
  private readyAtMs = 0;
  private readonly recorded: { from: Address; bytes: Uint8Array; secure: boolean }[] = [];
  private readonly configuration: GatewayConfigured;
  private ports = 1_024;

  /** `configuration`: of the gateway, beyond its listeners. */
  constructor(seed: number, configuration: GatewayConfigured = {}) {
    this.configuration = configuration;
    const { recoveryDevicesPerSecond } = { ...limits, ...configuration.limits };
    this.contacts = new Contacts(recoveryDevicesPerSecond, (what) => this.monitor.violate(what));
    this.seed = seed;
    this.random = new Random(seed);
    this.disk = new SimulatedDisk(this.random.pick([8, 16, 32]));
    deviceRandom = this.random.fork();
    deviceTime = this.timeline;
    this.gateway = this.newProcess();
  }

  add(options: DeviceOptions): SimulatedDevice {
    const device = new SimulatedDevice(this, options);
    this.devices.push(device);
    return device;
  }

  get network(): Network {
    return this.networkNow;
  }

  set network(network: Network) {
    if (this.networkNow.lossProbability > 0) this.noteTrouble(0);
    this.networkNow = network;
  }

  /** Something is lost or refused from now on for so long. */
  noteTrouble(forMs: number): void {
    this.troubledUntilMs = Math.max(this.troubledUntilMs, this.timeline.nowMs + forMs);
  }

  isCalmSince(sinceMs: number): boolean {
    return this.networkNow.lossProbability === 0 && this.gateway.ready && this.troubledUntilMs < sinceMs;
  }

  covered(key: CoverageKey): void {
    this.coverage[key]++;
  }

  /** Chance of one device: what happens to others does not shift it. */
  randomOf(name: string): Random {
    return new Random(crc32(utf8Encode(name), this.seed >>> 0));
  }

  /** From now on the power stays, and the disk keeps what it has. */
  endCuts(): void {
    this.cuts = [];
    this.damage.end();
    this.gateway.spare();
  }

  /** Starts the gateway. */
  powerOn(): void {
    this.contacts.begun();
    this.gateway.start();
    this.noteTrouble(0);
    if (!this.gateway.serving) return;
    this.readyAtMs = this.timeline.nowMs;
    for (const { listener, from, bytes } of this.held.splice(0)) this.arrive(listener, from, bytes);
  }

  /** Whether the clock may be believed from now on; where not, it stands in 1970. */
  set clockTrusted(trusted: boolean) {
    this.clock = trusted ? 'trusted' : 'in 1970';
  }

  /** A clean stop, and the next start after the outage. */
  restart(): void {
    const { powerCuts, crashes } = this;
    this.gateway.stop();
    // It may have been cut while it stopped, or died: then it starts again by itself.
    if (powerCuts !== this.powerCuts || crashes !== this.crashes) return;
    this.covered('clean stop');
    this.lookBack();
    this.startAgain();
  }

  run(forMs: number, stop?: () => boolean): void {
    this.timeline.runUntil(this.timeline.nowMs + forMs, stop);
  }

  operate(action: OperatorAction): number | undefined {
    if (!this.gateway.ready) return undefined;
    if ('endpoint' in action) this.contacts.asked(action.endpoint);
    this.operations.ask(this.lives, this.gateway.nextRequest, action);
    return this.gateway.operate(action);
  }

  /** Asks for a change and waits until it is confirmed: only then does it count. */
  confirmed(action: OperatorAction): void {
    this.events.length = 0;
    this.operate(action);
    this.run(10_000, () => this.events.some((event) => event.kind === 'answer'));
  }

  /** Its key, or that it has a certificate. */
  addKey({ options }: SimulatedDevice): void {
    const { name } = options;
    this.confirmed({ kind: 'add-device', endpoint: name, identity: name, key: keyOf(options), replace: false });
  }

  // What devices reach.

  freshAddress(device: SimulatedDevice): Address {
    const at = address('192.0.2.1', this.ports++);
    this.addresses.set(at, device);
    return at;
  }

  send(device: SimulatedDevice, bytes: Uint8Array): void {
    this.toGateway(device.address, bytes.slice(), device.options.secure, device);
  }

  /** An attacker sends again what he recorded, from where it came or from an address of his own. */
  replay(fromElsewhere: boolean): void {
    if (this.recorded.length === 0) return;
    const { from, bytes, secure } = this.random.pick(this.recorded);
    if (!secure) return;
    const origin = fromElsewhere ? address(attackerHost, this.random.between(1, 65_535)) : from;
    // To the gateway it may be the device that speaks, as long as nothing durable says that it has heard this before.
    if (!this.gateway.ready) this.covered('datagram while it reads on');
    const device = this.addresses.get(from);
    if (device !== undefined) this.contacts.heard(device, this.timeline.nowMs + this.networkNow.delayMaxMs);
    this.toGateway(origin, bytes, secure, undefined);
  }

  /** What the event log holds above an id, read off the disk: the numbers of devices, with the messages that brought them. */
  loggedReports(after = 0): LoggedReport[] {
    const reports = [];
    for (const { key, value } of this.disk.kept('ev/')) {
      const id = Number(key.slice('ev/'.length));
      if (id <= after) continue;
      const decoded = decodeRecord(key, value);
      const body = 'error' in decoded ? undefined : asMap(decoded.body);
      // How an operation ended is no report of a device.
      if (body === undefined || body.get('k') === 2) continue;
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

  /** The ids of all events on the disk. */
  loggedIds(): ReadonlySet<number> {
    return new Set(this.disk.kept().flatMap(({ key }) => (key.startsWith('ev/') ? [Number(key.slice(3))] : [])));
  }

  /** Gives back what the engine holds. */
  free(): void {
    for (const device of this.devices) device.free();
  }

  /** `sender`: undefined for the attacker. */
  private toGateway(from: Address, bytes: Uint8Array, secure: boolean, sender: SimulatedDevice | undefined): void {
    const listener = secure ? secureListener : plainListener;
    this.carry(sender, () => {
      if (this.gateway.serving && sender !== undefined) this.record(from, bytes, secure);
      if (this.gateway.serving) this.arrive(listener, from, bytes);
      else if (!this.portHeld) this.carry(sender, () => sender?.unreachable());
      else if (this.held.length < heldDatagramsMax) this.held.push({ listener, from, bytes });
    });
  }

  private arrive(listener: typeof secureListener, from: Address, bytes: Uint8Array): void {
    const device = this.addresses.get(from);
    if (device !== undefined) this.contacts.heard(device, this.timeline.nowMs);
    else if (from.startsWith(attackerHost)) this.contacts.heardStranger(from, bytes.length);
    this.gateway.receive(listener, from, bytes);
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
    if (stranger !== undefined) this.carry(undefined, () => stranger(datagram.bytes.slice()));
    const device = this.addresses.get(datagram.to);
    if (device === undefined)
      return this.contacts.sentToStranger(datagram.to, datagram.bytes.length, this.timeline.nowMs);
    this.contacts.sent(device, this.timeline.nowMs);
    const bytes = datagram.bytes.slice();
    // A device that moved is not at its old address any more.
    this.carry(device, () => {
      if (device.address === datagram.to) device.receive(bytes);
    });
  }

  private carry(device: SimulatedDevice | undefined, deliver: () => void): void {
    const { lossProbability, duplicateProbability, delayMinMs, delayMaxMs } = this.networkNow;
    const random = this.networkRandoms.get(device) ?? this.randomOf(`network of ${device?.options.name}`);
    this.networkRandoms.set(device, random);
    const copies = random.chance(duplicateProbability) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const lost = random.chance(lossProbability);
      const delayMs = random.between(delayMinMs, delayMaxMs);
      if (lost) continue;
      this.timeline.plan(delayMs, deliver);
    }
  }

  private newProcess(): GatewayProcess {
    this.lives++;
    const life = { number: this.lives, startedAtMs: this.timeline.nowMs };
    const { culprit } = this;
    // Whom it convicted, a life knows from the death before it, and later ones from what it kept.
    this.culprit = undefined;
    return new GatewayProcess({
      configuration: this.configuration,
      timeline: this.timeline,
      random: this.random.fork(),
      disk: this.disk,
      keys: this.keys,
      cutAfter: this.cuts.shift(),
      wallAt: (nowMs) => wallAt(this.clock, nowMs, life),
      commitMs: () => (this.random.chance(0.05) ? this.random.between(500, 2_500) : this.random.between(1, 30)),
      send: (datagram) => this.fromGateway(datagram),
      tell: (event) => this.told(event),
      died: (where) => this.died(where),
      culprit,
      meet: (kind, name) => this.poison(kind, name),
      crashed: (inHand) => this.crashed(inHand),
    });
  }

  private told(event: GatewayEvent): void {
    this.events.push(event);
    coverEvent(this.coverage, event);
    if (event.kind === 'operation') this.operations.went(event.operation);
    if (event.kind !== 'answer') return;
    this.operations.answered(this.lives, event.request, event.answer, this.gateway.storeTakes);
    if (event.answer.kind === 'reader') this.monitor.readerIsAt(event.answer.name, event.answer.cursor);
  }

  private died(where: string): void {
    this.powerCuts++;
    this.coverCut(where);
    this.lookBack();
    this.startAgain();
  }

  private coverCut(where: string): void {
    const place = cutKey(this.coverage, where);
    if (place !== undefined) this.covered(place);
    const isReady = this.timeline.nowMs > this.readyAtMs;
    if (where.includes('batch')) this.covered('cut within a commit');
    if (where.includes('restore') || where.includes('opens')) this.covered('cut during recovery');
    else if (this.timeline.nowMs - this.readyAtMs < recoveryMs) this.covered('cut during recovery');
    if (this.devices.some((device) => device.link.isOpening)) this.covered('cut during a handshake');
    if (this.devices.some((device) => device.established && device.location === undefined)) {
      this.covered('cut while a device registers');
    }
    if (this.operations.executesInFlight(this.lives) > 0) this.covered('Execute in flight at a cut');
    const listed = isReady ? this.gateway.inspect({ kind: 'readers' }) : undefined;
    const hasUnread = listed?.kind === 'readers' && listed.readers.some(({ unread }) => unread > 0);
    if (hasUnread) this.covered('cut between ACK and delivery');
  }

  /** What the life that has ended counted. */
  private lookBack(): void {
    const answer = this.gateway.inspect({ kind: 'status' });
    if (answer.kind !== 'status') return;
    const replays = answer.status.drops.find(({ reason }) => reason === 'replayed-record');
    if (replays !== undefined) this.coverage['replay rejected'] += replays.total;
  }

  private crashed(inHand: InHand | undefined): void {
    this.crashes++;
    const { row, culprit } = afterDeath(this.deaths, inHand);
    [this.deaths, this.culprit] = [row, culprit];
    this.startAgain();
  }

  private startAgain(): void {
    this.timeline.plan(this.outageMs, () => {
      const damaged = this.damage.apply(this.disk);
      this.coverage['record damaged'] += damaged.observations;
      this.coverage['connection destroyed'] += damaged.connections;
      this.gateway = this.newProcess();
      this.powerOn();
    });
  }
}
