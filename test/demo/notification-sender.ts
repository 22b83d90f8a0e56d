/**
 * Confirmable notifications of a simulated device, one at a time, each repeated until it is acknowledged or given up (RFC 7252
 * section 4.2). Written over `coap-packet`, since npm `coap` keeps no account of which of its notifications were acknowledged.
 */
import { generate } from 'coap-packet';

export interface NotificationEvents {
  send(message: Uint8Array): void;
  /** `sentAtMs`: its last transmission, on the clock of `performance`. */
  acknowledged(notification: Notification, sentAtMs: number): void;
  /** The gateway does not know the observation with this token: RST. */
  reset(token: Buffer): void;
  /** Nobody answered any of the transmissions. */
  gaveUp(): void;
}

export interface Notification {
  /** The device numbers its notifications from 1. */
  readonly number: number;
  readonly token: Buffer;
  readonly observe: number;
  readonly contentFormat: number;
  readonly payload: Buffer;
}

interface InFlight {
  readonly notification: Notification;
  readonly messageId: number;
  readonly bytes: Uint8Array;
  transmissions: number;
  timeoutMs: number;
  timer: NodeJS.Timeout | undefined;
  lastSentAtMs: number;
}

const ackTimeoutMs = 2_000;
const ackRandomFactor = 1.5;
/** Less than the 4 of RFC 7252: a device that gives up after 14 to 21 s shows a silent gateway within a demo's patience. */
const retransmitsMax = 2;

export class NotificationSender {
  private readonly events: NotificationEvents;
  private readonly random: () => number;
  private messageId: number;
  private current: InFlight | undefined;

  /** `random` gives numbers from 0 up to 1. */
  constructor(events: NotificationEvents, random: () => number) {
    this.events = events;
    this.random = random;
    this.messageId = Math.floor(random() * 65_536);
  }

  /** The number that waits for its acknowledgement. */
  get inFlight(): number | undefined {
    return this.current?.notification.number;
  }

  /** Sends it, unless one waits already: then false. */
  send(notification: Notification): boolean {
    if (this.current !== undefined) return false;
    this.messageId = (this.messageId + 1) % 65_536;
    const timeoutMs = ackTimeoutMs * (1 + this.random() * (ackRandomFactor - 1));
    const bytes = encode(notification, this.messageId);
    const { messageId } = this;
    this.current = { notification, messageId, bytes, transmissions: 0, timeoutMs, timer: undefined, lastSentAtMs: 0 };
    this.transmit(this.current);
    return true;
  }

  /** An empty ACK or RST arrived; false when it does not concern a notification. */
  answered(messageId: number, isReset: boolean): boolean {
    const { current } = this;
    if (current?.messageId !== messageId) return false;
    this.stop();
    if (isReset) this.events.reset(current.notification.token);
    else this.events.acknowledged(current.notification, current.lastSentAtMs);
    return true;
  }

  /** Forgets the waiting one: its connection is gone. */
  stop(): void {
    clearTimeout(this.current?.timer);
    this.current = undefined;
  }

  private transmit(message: InFlight): void {
    message.transmissions++;
    message.lastSentAtMs = performance.now();
    message.timer = setTimeout(() => this.unanswered(message), message.timeoutMs);
    this.events.send(message.bytes);
  }

  private unanswered(message: InFlight): void {
    if (message.transmissions > retransmitsMax) {
      this.stop();
      return this.events.gaveUp();
    }
    message.timeoutMs *= 2;
    this.transmit(message);
  }
}

function encode({ token, observe, contentFormat, payload }: Notification, messageId: number): Uint8Array {
  return generate({
    code: '2.05',
    confirmable: true,
    messageId,
    token,
    options: [
      { name: 'Observe', value: uint(observe) },
      { name: 'Content-Format', value: uint(contentFormat) },
    ],
    payload,
  });
}

/** An unsigned integer in as few bytes as it needs (RFC 7252 section 3.2). */
export function uint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from(bytes);
}
