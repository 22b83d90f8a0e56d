/**
 * One device in the world: shakes hands, registers, notifies and sends numbered values, updates, reboots, moves to another
 * address, and has habits. It tells the monitor what it saw acknowledged and what it executed; it never helps the gateway.
 */
import type { Packet, ParsedPacket } from 'coap-packet';
import type { Address } from '../../src/base/address.ts';
import { toHex } from '../../src/base/bytes.ts';
import { DeviceAnswers } from './device-answers.ts';
import { type CoapEvents, DeviceCoap } from './device-coap.ts';
import {
  type DeviceOptions,
  datagramLifetimeMs,
  exitedMs,
  type Habits,
  hesitationMaxMs,
  hesitationProbability,
  overtakingMaxMs,
  overtakingProbability,
  staleRequestMs,
} from './device-habits.ts';
import { type DeviceLink, DtlsLink, type LinkEvents, PlainLink } from './device-link.ts';
import {
  deregisterMessage,
  notificationMessage,
  registerMessage,
  sendMessage,
  updateMessage,
} from './device-messages.ts';
import type { DeviceWorld } from './device-world.ts';
import { Patience } from './patience.ts';
import type { Random } from './random.ts';

export class SimulatedDevice {
  readonly options: DeviceOptions;
  address: Address;
  /** It chose to begin anew: one handshake and one registration each. */
  beginnings = 0;
  /** It left and came back over the same connection: one registration each. */
  leavings = 0;
  registrations = 0;
  /** Handshakes for a connection that goes on as the one before, without a Register: its own doing too. */
  reconnections = 0;
  /** The handshake of its connection is complete. */
  established = false;
  handshakes = 0;
  location: readonly string[] | undefined;
  lifetimeSeconds = 1_200;
  /** It takes no further part: the gateway was made to mute it. */
  isRetired = false;
  number = 0;
  readonly answers: DeviceAnswers;
  private connections = 0;
  private begunAtMs = 0;
  private sentAtMs = 0;
  private silentUntilMs = 0;
  private hasExited = false;
  private readonly patience: Patience;
  /** What is to be said once the connection that replaces another is there. */
  private afterReconnection: (() => void) | undefined;
  private readonly habits: Habits;
  private readonly random: Random;
  private readonly world: DeviceWorld;
  readonly link: DeviceLink;
  private readonly coap: DeviceCoap;

  constructor(world: DeviceWorld, options: DeviceOptions) {
    this.world = world;
    this.options = options;
    this.habits = options.habits ?? {};
    this.patience = new Patience(this.habits);
    const coapEvents: CoapEvents = {
      send: (bytes) => this.transmit(bytes),
      answer: (request) => this.answer(request),
      heard: () => this.patience.heard(world.timeline.nowMs),
    };
    this.answers = new DeviceAnswers(this.habits.ignoresFetch === true, (what) => this.executed(what));
    this.random = world.randomOf(options.name);
    this.coap = new DeviceCoap(world.timeline, this.random.fork(), coapEvents, this.habits);
    const events: LinkEvents = {
      send: (bytes) => world.send(this, bytes),
      established: (resumed) => this.opened(resumed),
      answered: () => this.answered(),
      greeted: () => this.greeted(),
      bothOpen: () => world.covered('simultaneous handshakes'),
      message: (plaintext) => this.coap.receive(plaintext),
      lost: () => (this.afterReconnection === undefined ? this.begin(false) : this.reconnect(this.afterReconnection)),
    };
    this.link = options.secure
      ? new DtlsLink(
          world.engine,
          world.timeline,
          { ...options, acceptsHandshakes: this.habits.acceptsHandshakes },
          events,
        )
      : new PlainLink(events);
    this.address = world.freshAddress(this);
  }

  /** The token that the gateway observes with, if it does. */
  get observeToken(): Buffer | undefined {
    return this.answers.observeToken;
  }

  set observeToken(token: Buffer | undefined) {
    this.answers.observeToken = token;
  }

  /** Switches the device on, or off and on again. `own`: it was the device's own doing. */
  begin(own = true): void {
    if (this.isRetired) return;
    if (own) this.beginnings++;
    this.switchOff();
    this.begunAtMs = this.world.timeline.nowMs;
    this.patience.begins(this.begunAtMs);
    this.hasExited = false;
    this.connections++;
    if (this.options.secure) this.address = this.world.freshAddress(this);
    this.link.open();
  }

  /** Off and on again; not while what it sent before the last time may still be on its way. */
  reboot(): void {
    if (this.world.timeline.nowMs - this.begunAtMs > datagramLifetimeMs) this.begin();
  }

  /** The network gives it another address; with a connection ID nothing else changes. */
  move(): void {
    // A handshake that goes on from another address is two handshakes to the gateway, with keys of their own.
    if (!this.established || this.link.isOpening) return;
    this.address = this.world.freshAddress(this);
    this.patience.moves(this.options.connectionId);
  }

  /** To the gateway its connection is gone. Who does not answer handshakes will have to begin anew. */
  cutOff(): void {
    this.patience.isCutOff = true;
  }

  /** Takes it out of the story. */
  retire(): void {
    this.isRetired = true;
    this.switchOff();
  }

  receive(datagram: Uint8Array): void {
    if (!this.isSilent) this.link.receive(datagram);
  }

  /** The system it runs on was told that nobody listens at the gateway's port. */
  unreachable(): void {
    const { silentAfterUnreachableMs } = this.habits;
    if (silentAfterUnreachableMs === undefined || this.isSilent) return;
    this.world.covered('port unreachable');
    this.switchOff();
    this.silentUntilMs = this.world.timeline.nowMs + silentAfterUnreachableMs;
    this.world.timeline.plan(silentAfterUnreachableMs, () => this.begin());
  }

  notify(): void {
    const token = this.observeToken;
    if (token === undefined) return;
    const number = ++this.number;
    const packet = notificationMessage(token, this.answers.nextSequence(), number);
    if (this.habits.notifiesUnconfirmed) return this.coap.sendOnce(packet, () => this.rejected(token));
    this.report(packet, number, (answer) => {
      if (answer?.reset) this.rejected(token);
      return answer?.ack === true && answer.code === '0.00';
    });
  }

  /** Reports on its own, `POST /dp`. */
  sendReport(): void {
    if (this.location === undefined) return;
    const number = ++this.number;
    this.report(sendMessage(number), number, (answer) => answer?.code === '2.04');
  }

  update(lifetimeSeconds?: number): void {
    if (this.location === undefined) return;
    if (this.habits.hesitates) this.hesitate();
    if (!this.habits.shakesHandsToUpdate || !this.established) return this.sendUpdate(lifetimeSeconds);
    this.reconnect(() => this.sendUpdate(lifetimeSeconds));
  }

  private sendUpdate(lifetimeSeconds: number | undefined): void {
    if (this.location === undefined) return;
    const { location } = this;
    this.request(updateMessage(location, lifetimeSeconds), (answer) => {
      if (answer === undefined || location !== this.location) return;
      if (answer.code === '2.04' && lifetimeSeconds !== undefined) this.lifetimeSeconds = lifetimeSeconds;
      if (answer.code === '4.04' || (this.patience.isRebound && answer.code !== '2.04')) this.notFound();
    });
  }

  /** Leaves, and comes back over the same connection once that is answered. */
  leave(): void {
    const { location, observeToken, beginnings, connections } = this;
    if (location === undefined) return;
    [this.location, this.observeToken] = [undefined, undefined];
    this.request(deregisterMessage(location), (answer) => {
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
    this.link.free();
  }

  private get isSilent(): boolean {
    return this.isRetired || this.hasExited || this.world.timeline.nowMs < this.silentUntilMs;
  }

  private switchOff(): void {
    this.link.close();
    this.coap.reset();
    this.location = undefined;
    this.observeToken = undefined;
    this.established = false;
    this.afterReconnection = undefined;
  }

  /** Its program ends. */
  private exit(): void {
    this.world.covered('exit after silence');
    this.switchOff();
    this.hasExited = true;
    const { beginnings } = this;
    this.world.timeline.plan(exitedMs, () => {
      if (beginnings === this.beginnings) this.begin();
    });
  }

  private answer(request: ParsedPacket): Partial<Packet> | undefined {
    return this.answers.answer(request);
  }

  private executed(what: string): void {
    // A peer without DTLS is its address, and is asked there whatever became of it.
    const memory = this.options.secure ? 'of its connections' : `since beginning ${this.beginnings}`;
    if (what !== '') this.world.monitor.executed(this.options.name, what, memory);
  }

  private notFound(): void {
    // A peer without DTLS is its address.
    if (this.patience.isRebound) return this.begin();
    this.world.monitor.violate(`${this.options.name} was registered, and is not any more`);
    if (this.habits.exits) this.switchOff();
  }

  private transmit(bytes: Uint8Array): void {
    if (this.isSilent) return;
    const { nowMs } = this.world.timeline;
    const idleMs = nowMs - this.sentAtMs;
    this.sentAtMs = nowMs;
    if (this.established && idleMs > (this.habits.dropsConnectionAfterMs ?? Number.POSITIVE_INFINITY)) {
      this.world.covered('idle connection dropped');
      return this.reconnect(() => {});
    }
    this.link.send(bytes);
  }

  /** A handshake for a connection that goes on as the one before. */
  private reconnect(andThen: () => void): void {
    this.established = false;
    this.afterReconnection = andThen;
    this.patience.opens(this.world.timeline.nowMs);
    this.reconnections++;
    this.link.open();
  }

  /** Begins a handshake beside its connection; it may be over before it gives it up. */
  private hesitate(): void {
    if (!this.established || this.link.isOpening || !this.random.chance(hesitationProbability)) return;
    const { connections } = this;
    this.reconnections++;
    this.afterReconnection = () => {};
    this.link.open(true);
    this.world.timeline.plan(this.random.between(0, hesitationMaxMs), () => {
      if (connections !== this.connections || !this.link.abandon()) return;
      this.afterReconnection = undefined;
      this.world.covered('handshake given up');
    });
  }

  private opened(resumed: boolean): void {
    const wasKept = this.patience.heardAtMs !== undefined;
    this.established = true;
    this.patience.opened();
    this.handshakes++;
    const andThen = this.afterReconnection;
    this.afterReconnection = undefined;
    if (resumed) this.world.covered('session resumed');
    if (andThen === undefined) return this.register();
    if (this.habits.shakesHandsToUpdate && !resumed) return this.sessionLost(wasKept);
    andThen();
  }

  /** It goes on over the connection that the gateway made; what it was about to do by itself is done over that. */
  private answered(): void {
    const { afterReconnection, established } = this;
    this.afterReconnection = undefined;
    this.established = true;
    this.patience.opens(this.world.timeline.nowMs);
    this.patience.opened();
    if (afterReconnection !== undefined) afterReconnection();
    else if (!established) this.register();
  }

  private greeted(): void {
    if (!this.habits.beginsWhenGreeted || !this.random.chance(overtakingProbability)) return;
    const { connections } = this;
    this.world.timeline.plan(this.random.between(0, overtakingMaxMs), () => {
      const isTheSame = connections === this.connections && this.established && !this.link.isOpening;
      if (isTheSame) this.reconnect(() => {});
    });
  }

  /** A full handshake where an abbreviated one was offered: it forgets its observations, and registers. */
  private sessionLost(wasKept: boolean): void {
    if (wasKept) this.world.monitor.violate(`${this.options.name} could not resume its session`);
    this.leavings++;
    [this.location, this.observeToken] = [undefined, undefined];
    this.register();
  }

  private register(): void {
    const { name, queueMode } = this.options;
    this.request(registerMessage(name, this.lifetimeSeconds, queueMode), (answer) => {
      if (answer?.code === '2.01') {
        this.registrations++;
        const segments = answer.options.filter((option) => option.name === 'Location-Path');
        this.location = segments.map((option) => String(option.value));
        return;
      }
      const { connections, leavings } = this;
      this.world.timeline.plan(1_000, () => {
        const isTheSame = connections === this.connections && leavings === this.leavings;
        if (isTheSame && !this.isSilent) this.location ?? this.register();
      });
    });
  }

  private request(packet: Packet, onEnd: (answer: ParsedPacket | undefined) => void): void {
    const token = Buffer.alloc(4);
    this.random.fill(token);
    const sentAtMs = this.world.timeline.nowMs;
    this.coap.send({ ...packet, token }, (answer) => {
      if (answer !== undefined || !this.gaveUp(sentAtMs)) onEnd(answer);
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
    // Without DTLS its new address is nobody's.
    if (this.patience.isRebound) return this.begin();
    const mayBeStale = this.world.timeline.nowMs - this.begunAtMs < staleRequestMs;
    if (!mayBeStale) this.world.monitor.violate(`${this.options.name} got RST to a notification`);
  }

  /**
   * A message got no answer. Where nothing at all was heard meanwhile the device is in the dark; when nothing ever came over this
   * connection the cut fell between Finished and the commit of the association, which may cost one handshake. True when the
   * device begins anew.
   */
  private gaveUp(sentAtMs: number): boolean {
    const sinceMs = this.established ? this.patience.ranOut(sentAtMs) : undefined;
    if (sinceMs === undefined) return false;
    if (!this.patience.mayRunOut(this.world.isCalmSince(sinceMs), this.location !== undefined)) {
      const { messages } = this.patience;
      this.world.monitor.violate(`${this.options.name} is in the dark: ${messages} messages without any answer`);
    }
    if (this.habits.exits) this.exit();
    else this.begin();
    return true;
  }
}
