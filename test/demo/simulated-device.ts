/**
 * One simulated LwM2M 1.1 device: connects, registers, updates at half of its lifetime, answers, and reports an observed resource
 * with numbered confirmable notifications. It keeps account of what it had to do to stay in touch.
 *
 *   handshake ──► Register ──► 2.01 ──► Update, notifications ──┬─ 4.04 to an Update ─► Register
 *                                                               └─ silence, alert, closed port ─► handshake, Register
 *
 * It is as touchy as the touchiest devices of the field: whatever goes wrong costs a handshake or a registration, which is counted.
 */
import type { DtlsError } from 'mbedtls-wasm';
import { type ClientResponse, CoapNode } from './coap-node.ts';
import {
  contentFormats,
  counterPath,
  DeviceObjects,
  type DeviceRequest,
  type DeviceResponse,
} from './device-objects.ts';
import { DtlsLink, type LinkOptions } from './dtls-link.ts';
import { type Notification, NotificationSender } from './notification-sender.ts';

export interface DeviceOptions extends Omit<LinkOptions, 'identity'> {
  readonly endpoint: string;
  readonly lifetimeSeconds: number;
  /** Registers as a device that sleeps between its messages; it answers all the same. */
  readonly queueMode?: boolean;
  /** What its notifications are about. The counter's value is the number of the notification. */
  readonly reportedPath: string;
  /** Whether a closed port ends its connection; else it only tells. */
  readonly heedsUnreachable: boolean;
  /** From 0 up to 1. */
  readonly random: () => number;
}

export interface DeviceEvents {
  /** A handshake succeeded. */
  connected?(): void;
  /** A Register was answered. */
  registered?(code: string): void;
  /** `sentAtMs`: its last transmission, on the clock of `performance`. */
  acknowledged?(number: number, sentAtMs: number): void;
  observed?(): void;
  /** A message came over the connection. */
  heard?(): void;
  trouble?(trouble: Trouble): void;
}

export type Trouble =
  | { readonly kind: 'ended'; readonly why: DtlsError }
  | { readonly kind: 'unreachable' | 'unanswered' | 'reset' };

interface Relation {
  readonly token: Buffer;
  readonly contentFormat: number;
  observe: number;
}

const answerTimeoutMs = 30_000;
const againAfterMs = 2_000;

export class SimulatedDevice {
  readonly objects: DeviceObjects;
  /** Registrations answered with 2.01. */
  registrations = 0;
  /** Numbers of notifications given out so far. */
  lastNumber = 0;
  readonly acknowledged: number[] = [];
  longestSilenceMs = 0;
  private readonly options: DeviceOptions;
  private readonly events: DeviceEvents;
  private readonly notifications: NotificationSender;
  private link: DtlsLink | undefined;
  private node: CoapNode | undefined;
  private relation: Relation | undefined;
  private location: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private waitingSinceMs: number | undefined;
  private closed = false;

  constructor(options: DeviceOptions, events: DeviceEvents = {}) {
    this.options = options;
    this.events = events;
    this.objects = new DeviceObjects(options.endpoint, options.lifetimeSeconds);
    const sender = {
      send: (message: Uint8Array) => this.transmit(message),
      acknowledged: ({ number }: Notification, sentAtMs: number) => {
        this.acknowledged.push(number);
        this.events.acknowledged?.(number, sentAtMs);
      },
      reset: (token: Buffer) => {
        // The gateway may have begun another observation in the meantime.
        if (this.relation?.token.equals(token)) this.relation = undefined;
        this.events.trouble?.({ kind: 'reset' });
      },
      gaveUp: () => this.lost({ kind: 'unanswered' }),
    };
    this.notifications = new NotificationSender(sender, options.random);
  }

  get handshakes(): number {
    return this.link?.handshakes ?? 0;
  }

  get sequenceReused(): number {
    return this.link?.sequenceNumbers.reused ?? 0;
  }

  get inFlight(): number | undefined {
    return this.notifications.inFlight;
  }

  get isObserved(): boolean {
    return this.relation !== undefined;
  }

  /** Opens its socket and begins. Rejects when its address cannot be bound. */
  async start(): Promise<void> {
    this.link = await DtlsLink.open(
      { ...this.options, identity: this.options.endpoint },
      {
        established: () => this.established(),
        message: (bytes) => this.arrived(bytes),
        ended: (why) => this.lost({ kind: 'ended', why }),
        unreachable: () => this.unreachable(),
      },
    );
    this.link.handshake();
  }

  /** Sends the value of the reported path under the next number; false when nobody observes or one waits already. */
  notify(): boolean {
    const { relation } = this;
    if (relation === undefined || this.notifications.inFlight !== undefined) return false;
    if (this.options.reportedPath === counterPath) this.objects.values.set(counterPath, this.lastNumber + 1);
    const payload = this.objects.encode(this.options.reportedPath, relation.contentFormat);
    if (payload === undefined) return false;
    relation.observe++;
    const { token, contentFormat, observe } = relation;
    return this.notifications.send({ number: ++this.lastNumber, token, observe, contentFormat, payload });
  }

  /** Falls silent, without a word to the gateway. */
  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.endNode();
    this.link?.close();
  }

  private established(): void {
    this.events.connected?.();
    this.node = new CoapNode({
      send: (message) => this.transmit(message),
      notifications: this.notifications,
      answer: (request) => this.answer(request),
    });
    void this.register();
  }

  private async register(): Promise<void> {
    const { endpoint, lifetimeSeconds, queueMode = false } = this.options;
    this.relation = undefined; // A Register ends all observations.
    const query = ['lwm2m=1.1', `ep=${endpoint}`, `lt=${lifetimeSeconds}`, 'b=U', ...(queueMode ? ['Q'] : [])];
    const response = await this.post('/rd', query, this.objects.links());
    if (response === undefined) return;
    if (response.code === '2.01') {
      this.registrations++;
      this.location = response.location;
      this.later(() => void this.update(), this.updateAfterMs());
    } else this.later(() => void this.register(), 5 * againAfterMs);
    this.events.registered?.(response.code);
  }

  private async update(): Promise<void> {
    const response = await this.post(this.location ?? '/rd', [], undefined);
    if (response === undefined) return;
    if (response.code === '2.04') this.later(() => void this.update(), this.updateAfterMs());
    else await this.register();
  }

  /** Undefined when the connection was lost over it; what is to be done then is under way. */
  private async post(
    pathname: string,
    query: string[],
    payload: string | undefined,
  ): Promise<ClientResponse | undefined> {
    const { node } = this;
    const response = await node?.post({ pathname, query, payload }, answerTimeoutMs);
    if (node !== this.node || this.closed) return undefined;
    if (response === undefined) this.lost({ kind: 'unanswered' });
    return response;
  }

  /** Half the lifetime, up to a tenth earlier, so that a fleet does not speak in chorus. */
  private updateAfterMs(): number {
    return this.options.lifetimeSeconds * 500 * (0.9 + 0.1 * this.options.random());
  }

  private answer(request: DeviceRequest): DeviceResponse {
    const response = this.objects.answer(request);
    if (request.path !== this.options.reportedPath) return { ...response, observes: false };
    if (response.observes === true) {
      this.relation = {
        token: request.token,
        contentFormat: response.contentFormat ?? contentFormats.text,
        observe: 1,
      };
      this.events.observed?.();
    } else if (request.observe === 1) this.relation = undefined;
    return response;
  }

  private arrived(bytes: Uint8Array): void {
    if (this.waitingSinceMs !== undefined) {
      this.longestSilenceMs = Math.max(this.longestSilenceMs, performance.now() - this.waitingSinceMs);
    }
    this.waitingSinceMs = undefined;
    this.events.heard?.();
    this.node?.arrive(bytes);
  }

  private transmit(message: Uint8Array): void {
    const isConfirmable = ((message[0] ?? 0) & 0x30) === 0;
    if (this.link?.send(message) === true && isConfirmable) this.waitingSinceMs ??= performance.now();
  }

  private unreachable(): void {
    if (this.options.heedsUnreachable && this.node !== undefined) this.lost({ kind: 'unreachable' });
    else this.events.trouble?.({ kind: 'unreachable' });
  }

  /** A new handshake, soon: at once all devices would do it in the same moment. */
  private lost(trouble: Trouble): void {
    if (this.closed) return;
    this.endNode();
    this.relation = undefined;
    this.events.trouble?.(trouble);
    this.later(() => this.link?.handshake(), againAfterMs * (0.5 + this.options.random()));
  }

  private endNode(): void {
    this.notifications.stop();
    this.node?.close();
    this.node = undefined;
    this.waitingSinceMs = undefined;
  }

  private later(action: () => void, delayMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(action, delayMs);
  }
}
