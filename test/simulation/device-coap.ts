/**
 * The CoAP of a simulated device: a short script over coap-packet, not our layer. Confirmable messages are repeated as RFC 7252
 * section 4.2 says; requests of the gateway are answered once, repetitions with the same bytes.
 */
import { generate, type Packet, type ParsedPacket, parse } from 'coap-packet';
import { toHex } from '../../src/base/bytes.ts';
import type { Random } from './random.ts';
import type { Planned, Timeline } from './timeline.ts';

const ackTimeoutMs = 2_000;
const retransmitsMax = 4;

interface Outstanding {
  readonly bytes: Buffer;
  readonly onEnd: (answer: ParsedPacket | undefined) => void;
  readonly token: string;
  timeoutMs: number;
  left: number;
  timer: Planned | undefined;
  acknowledged: boolean;
}

/** Virtual time, or real. */
export type DeviceTime = Pick<Timeline, 'plan' | 'cancel'>;

export interface CoapEvents {
  send(bytes: Uint8Array): void;
  /** Code, options and payload of the answer to a request of the gateway; undefined: an empty ACK is all that it gets. */
  answer(request: ParsedPacket): Partial<Packet> | undefined;
  /**
   * Something came that promises something: an answer to what this device sent since it began. Not the empty ACK of a request
   * that takes its time, and not what was meant for it before it began anew: both may leave before the association is kept.
   */
  heard(): void;
}

export interface CoapHabits {
  /** Repeats after exactly 2, 4, 8, 16 and 32 s: it gives up 62 s after it sent. */
  readonly repeatsExactly?: boolean;
  /** Acknowledges a request of the gateway at once and responds later, by a message of its own (RFC 7252 section 5.2.2). */
  readonly respondsLater?: boolean;
}

/** How many messages that ask for no ACK are remembered, to know what an RST means. */
const unconfirmedMax = 16;

export class DeviceCoap {
  private messageId: number;
  private readonly outstanding = new Map<number, Outstanding>();
  private readonly answered = new Map<number, Buffer>();
  private readonly unconfirmed = new Map<number, () => void>();
  private readonly habits: CoapHabits;
  private resets = 0;
  private readonly timeline: DeviceTime;
  private readonly random: Random;
  private readonly events: CoapEvents;

  constructor(timeline: DeviceTime, random: Random, events: CoapEvents, habits: CoapHabits = {}) {
    this.habits = habits;
    this.timeline = timeline;
    this.random = random;
    this.events = events;
    this.messageId = random.between(0, 500);
  }

  /** Sends a confirmable message; `onEnd` gets its ACK or its response, or undefined when there was none. Returns its ID. */
  send(packet: Packet, onEnd: (answer: ParsedPacket | undefined) => void): number {
    const messageId = this.messageId;
    this.messageId = (this.messageId + 1) & 0xffff;
    const bytes = generate({ ...packet, messageId, confirmable: true });
    const timeoutMs = this.habits.repeatsExactly ? ackTimeoutMs : ackTimeoutMs * (1 + this.random.fraction() / 2);
    const token = toHex(packet.token ?? new Uint8Array());
    const sent: Outstanding = {
      bytes,
      onEnd,
      token,
      timeoutMs,
      left: retransmitsMax,
      timer: undefined,
      acknowledged: false,
    };
    this.outstanding.set(messageId, sent);
    this.transmit(messageId, sent);
    return messageId;
  }

  /** Sends a message once, without asking for an ACK. */
  sendOnce(packet: Packet, onReset: () => void): void {
    const messageId = this.messageId;
    this.messageId = (this.messageId + 1) & 0xffff;
    this.unconfirmed.set(messageId, onReset);
    const [oldest] = this.unconfirmed.keys();
    if (this.unconfirmed.size > unconfirmedMax && oldest !== undefined) this.unconfirmed.delete(oldest);
    this.events.send(generate({ ...packet, messageId, confirmable: false }));
  }

  /** Forgets everything: the device was switched off. */
  reset(): void {
    this.resets++;
    this.unconfirmed.clear();
    for (const sent of this.outstanding.values()) this.timeline.cancel(sent.timer);
    this.outstanding.clear();
    this.answered.clear();
    this.messageId = this.random.between(0, 20);
  }

  receive(bytes: Uint8Array): void {
    const packet = parse(Buffer.from(bytes));
    if (packet.code === '0.00') return this.empty(packet);
    if (packet.code.startsWith('0.')) return this.request(packet);
    this.response(packet);
  }

  private transmit(messageId: number, sent: Outstanding): void {
    this.events.send(sent.bytes);
    sent.timer = this.timeline.plan(sent.timeoutMs, () => {
      if (sent.left-- === 0) return this.end(messageId, undefined);
      sent.timeoutMs *= 2;
      this.transmit(messageId, sent);
    });
  }

  private empty(packet: ParsedPacket): void {
    if (packet.reset) this.unconfirmed.get(packet.messageId)?.();
    const sent = this.outstanding.get(packet.messageId);
    if (sent === undefined || (!packet.ack && !packet.reset)) return;
    // An empty ACK to a request means that the response will come by itself.
    const isRequest = parse(sent.bytes).code.startsWith('0.');
    if (packet.reset || !isRequest) {
      this.events.heard();
      return this.end(packet.messageId, packet);
    }
    this.timeline.cancel(sent.timer);
    sent.acknowledged = true;
    sent.timer = this.timeline.plan(93_000, () => this.end(packet.messageId, undefined));
  }

  private request(packet: ParsedPacket): void {
    let answer = this.answered.get(packet.messageId);
    if (answer === undefined) {
      answer = this.firstAnswer(packet);
      this.answered.set(packet.messageId, answer);
      this.timeline.plan(247_000, () => this.answered.delete(packet.messageId));
    }
    this.events.send(answer);
  }

  private firstAnswer(packet: ParsedPacket): Buffer {
    const made = this.events.answer(packet);
    const { messageId, token } = packet;
    const isLater = made !== undefined && this.habits.respondsLater === true;
    if (isLater) this.respondLater({ ...made, token });
    if (isLater || made === undefined) return generate({ code: '0.00', messageId, ack: true });
    return generate({ ...made, messageId, token, ack: true });
  }

  private respondLater(packet: Packet): void {
    const { resets } = this;
    this.timeline.plan(this.random.between(200, 2_500), () => {
      // Whether anybody acknowledges it is the gateway's business.
      if (resets === this.resets) this.send(packet, () => {});
    });
  }

  private response(packet: ParsedPacket): void {
    if (packet.confirmable) {
      this.events.send(generate({ code: '0.00', messageId: packet.messageId, ack: true }));
    }
    const token = toHex(packet.token);
    for (const [messageId, sent] of this.outstanding) {
      // Also an answer with the acknowledgement has to bear the token: it may be meant for a message before a reboot.
      const fits = sent.token === token && (packet.ack ? messageId === packet.messageId : token !== '');
      if (!fits) continue;
      this.events.heard();
      return this.end(messageId, packet);
    }
  }

  private end(messageId: number, answer: ParsedPacket | undefined): void {
    const sent = this.outstanding.get(messageId);
    if (sent === undefined) return;
    this.outstanding.delete(messageId);
    this.timeline.cancel(sent.timer);
    sent.onEnd(answer);
  }
}
