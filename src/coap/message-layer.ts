/**
 * The message layer (RFC 7252 section 4): everything that message types and message IDs are for. What it hands up is content
 * that arrived once; what it takes is content to deliver. CoAP over TCP has no such layer.
 *
 *   datagram ─► decode ─┬► CON, NON ─► duplicate? ─► answer again
 *                       │                └─► Received 'request' | 'response' | 'refused'
 *                       ├► ACK ─► our message ─► Received 'response' | 'acknowledged'
 *                       └► RST ─► our message ─► Received 'reset'
 */

import { equalBytes } from '../base/bytes.ts';
import type { Deadlines } from '../base/deadlines.ts';
import type { DropReason } from '../base/drop-reason.ts';
import type { Entropy } from '../base/entropy.ts';
import { after, type Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import { classOf } from './code.ts';
import { decode, encode, encodeEmpty } from './codec.ts';
import type { CoapMessage, Content } from './message.ts';
import type { Messaging, Received } from './messaging.ts';
import type { Outgoing, Purpose } from './outgoing.ts';
import { OutgoingMessages } from './outgoing-messages.ts';
import type { CoapOutput, CoapSend, ExchangeId, PeerId } from './output.ts';
import type { TransmissionParameters } from './parameters.ts';
import type { ResumedMessage } from './pending-request.ts';
import type { ReceivedMessage, ReceivedState } from './received-message.ts';
import { type Arrived, ReceivedMessages } from './received-messages.ts';
import type { Timer } from './timer.ts';

export class MessageLayer implements Messaging {
  private readonly deadlines: Deadlines<Timer>;
  private readonly startsAnew: (message: CoapMessage) => boolean;
  readonly received: ReceivedMessages;
  readonly outgoing: OutgoingMessages;
  emptyAcknowledgements = 0;

  constructor(deadlines: Deadlines<Timer>, entropy: Entropy, startsAnew: (message: CoapMessage) => boolean) {
    this.deadlines = deadlines;
    this.startsAnew = startsAnew;
    this.received = new ReceivedMessages(deadlines);
    this.outgoing = new OutgoingMessages(deadlines, entropy);
  }

  /** Takes a datagram. What is noise, or needs no more than an answer of this layer, gives undefined. */
  receive(peer: PeerId, association: number, bytes: Uint8Array, now: Monotonic, output: CoapOutput) {
    const message = decode(bytes);
    if (typeof message === 'string') return drop(peer, message, output);
    if (message.type === 'ACK') return this.acknowledgement(peer, association, message, output);
    if (message.type === 'RST') return this.reset(peer, message, output);
    if (classOf(message.code) === 'empty') return this.ping(peer, message, output);
    const isRequest = classOf(message.code) === 'request';
    const arrived = { peer, association, message, bytes, startsAnew: isRequest && this.startsAnew(message) };
    const earlier = this.received.duplicateOf(arrived, now);
    if (earlier !== undefined) return this.duplicate(earlier, output);
    return this.fresh(arrived, isRequest, now, output);
  }

  /** A confirmable message of its own: now, as soon as the peer has a message ID, or when it is released. */
  send(
    peer: PeerId,
    content: Content,
    purpose: Purpose,
    parameters: TransmissionParameters,
    now: Monotonic,
    output: CoapOutput,
    held: boolean,
  ): Outgoing {
    return this.outgoing.sendConfirmable(peer, content, purpose, parameters, now, output, held);
  }

  release(outgoing: Outgoing, now: Monotonic, output: CoapOutput): void {
    this.outgoing.release(outgoing, now, output);
  }

  resume(
    resumed: ResumedMessage,
    addressed: Pick<Outgoing, 'peer' | 'purpose' | 'parameters'>,
    now: Monotonic,
    output: CoapOutput,
  ): Outgoing {
    return this.outgoing.resume(resumed.message, resumed, addressed, now, output);
  }

  stop(outgoing: Outgoing): void {
    this.outgoing.stop(outgoing);
  }

  /** Answers a request: with its acknowledgement while that has not left, else by a message of its own. */
  respond(
    received: ReceivedMessage,
    content: Content,
    parameters: TransmissionParameters,
    now: Monotonic,
    output: CoapOutput,
  ): void {
    const { peer, exchange, messageId } = received;
    if (!received.confirmable) {
      this.outgoing.sendNonConfirmable(peer, content, { exchange }, now, output);
      this.close(received, 'settled');
    } else if (received.state === 'open') {
      const bytes = encode({ type: 'ACK', messageId, ...content });
      output.send.push({ peer, bytes, kind: 'response', messageId, exchange });
      this.close(received, 'answered', bytes);
    } else {
      const purpose = { exchange, answers: received };
      const outgoing = this.outgoing.sendConfirmable(peer, content, purpose, parameters, now, output);
      this.close(received, 'answered-separately', outgoing.bytes);
    }
  }

  /** Answers a request that has no record. */
  respondOnce(peer: PeerId, message: CoapMessage, content: Content, output: CoapOutput): void {
    if (message.type !== 'CON') return;
    const bytes = encode({ type: 'ACK', messageId: message.messageId, ...content });
    output.send.push({ peer, bytes, kind: 'response', messageId: message.messageId });
  }

  /** Acknowledges a confirmable message; owes nothing to a non-confirmable one. */
  acknowledge(received: ReceivedMessage, output: CoapOutput): void {
    if (received.confirmable) output.send.push(emptySend('ACK', received));
    this.close(received, received.confirmable ? 'acknowledged' : 'settled');
  }

  /** Acknowledges a message for whose record there was no room. */
  acknowledgeOnce(peer: PeerId, message: CoapMessage, output: CoapOutput): void {
    const { type, messageId } = message;
    if (type === 'CON') output.send.push(emptySend('ACK', { peer, messageId }));
  }

  reject(received: ReceivedMessage, output: CoapOutput): void {
    output.send.push(emptySend('RST', received));
    this.close(received, 'rejected');
  }

  /** The message needs no answer; repetitions get none either. */
  settle(received: ReceivedMessage): void {
    this.close(received, 'settled');
  }

  /** As if the message had never come. */
  forget(received: ReceivedMessage): void {
    this.received.remove(received);
  }

  forgetAnswered(received: ReceivedMessage): void {
    this.received.forgetAnswered(received);
  }

  /** The deadline of a record has come: that of its empty acknowledgement, or its end. */
  receivedDue(received: ReceivedMessage, now: Monotonic, output: CoapOutput): void {
    if (received.state !== 'open' || now >= received.expiresAt) return this.received.remove(received);
    this.emptyAcknowledgements++;
    received.state = 'open-acknowledged';
    output.send.push(emptySend('ACK', received));
    this.deadlines.set(received, received.expiresAt);
  }

  /** Forgets all messages of a peer, both ways. */
  removePeer(peer: PeerId): void {
    this.outgoing.removePeer(peer);
    this.received.removePeer(peer);
  }

  private fresh(arrived: Arrived, isRequest: boolean, now: Monotonic, output: CoapOutput): Received | undefined {
    const { peer, association, message } = arrived;
    const received = this.received.add(arrived, now);
    if (received === undefined) drop(peer, 'too-many-exchanges', output);
    else this.deadlines.set(received, emptyAcknowledgementAt(received) ?? received.expiresAt);
    if (!isRequest) return { kind: 'response', peer, association, message, outgoing: undefined, received };
    return received === undefined ? { kind: 'refused', message, peer } : { kind: 'request', message, received };
  }

  private duplicate(earlier: ReceivedMessage, output: CoapOutput): undefined {
    const { peer, exchange, answer, state } = earlier;
    const acknowledged = state === 'open-acknowledged' || state === 'acknowledged' || state === 'answered-separately';
    if (acknowledged && earlier.confirmable) output.send.push(emptySend('ACK', earlier));
    if (state === 'rejected') output.send.push(emptySend('RST', earlier));
    if (answer !== undefined)
      output.send.push({ peer, bytes: answer, kind: 'response', messageId: idOf(answer), exchange });
    return drop(peer, 'duplicate', output);
  }

  private acknowledgement(
    peer: PeerId,
    association: number,
    message: CoapMessage,
    output: CoapOutput,
  ): Received | undefined {
    const outgoing = this.outgoing.find(peer, message.messageId);
    const empty = classOf(message.code) === 'empty';
    if (outgoing === undefined && !empty) return { kind: 'unmatched', peer, association, message };
    if (outgoing === undefined) return drop(peer, 'unmatched-acknowledgement', output);
    const isAnswer = outgoing.purpose.request !== undefined && equalBytes(message.token, outgoing.content.token);
    if (!empty && !isAnswer) return drop(peer, 'unmatched-acknowledgement', output);
    this.delivered(outgoing);
    if (empty) return { kind: 'acknowledged', outgoing };
    return { kind: 'response', peer, association, message, outgoing, received: undefined };
  }

  private reset(peer: PeerId, message: CoapMessage, output: CoapOutput): Received | undefined {
    const outgoing = this.outgoing.find(peer, message.messageId);
    if (outgoing === undefined) return drop(peer, 'unmatched-reset', output);
    this.delivered(outgoing);
    return { kind: 'reset', outgoing };
  }

  /** An empty confirmable message asks whether we are there (RFC 7252 section 4.3). */
  private ping(peer: PeerId, { messageId }: CoapMessage, output: CoapOutput): undefined {
    output.send.push(emptySend('RST', { peer, messageId }));
    return undefined;
  }

  /** The peer has our message: what kept it for repetitions need no longer do so. */
  private delivered(outgoing: Outgoing): void {
    this.outgoing.stop(outgoing);
    const { answers } = outgoing.purpose;
    if (answers === undefined) return;
    answers.answer = undefined;
    this.received.pack(answers);
  }

  private close(received: ReceivedMessage, state: ReceivedState, answer?: Uint8Array): void {
    this.received.leaveOpen(received);
    received.state = state;
    received.answer = answer;
    if (state !== 'answered-separately') this.received.pack(received);
    else if (this.received.has(received)) this.deadlines.set(received, received.expiresAt);
  }
}

/**
 * A request that is not answered in time gets an empty acknowledgement: one with a token, that is, since to a peer without
 * tokens the separate response would be a riddle. To a notification never: its acknowledgement is our promise to keep it.
 */
function emptyAcknowledgementAt(received: ReceivedMessage): Monotonic | undefined {
  const { confirmable, isRequest, token, arrivedAt } = received;
  return confirmable && isRequest && token.length > 0 ? after(arrivedAt, limits.processingDelayMs) : undefined;
}

function emptySend(type: 'ACK' | 'RST', to: { peer: PeerId; messageId: number; exchange?: ExchangeId }): CoapSend {
  return {
    peer: to.peer,
    bytes: encodeEmpty(type, to.messageId),
    kind: type === 'ACK' ? 'acknowledgement' : 'reset',
    messageId: to.messageId,
    ...(to.exchange !== undefined && { exchange: to.exchange }),
  };
}

function idOf(bytes: Uint8Array): number {
  return ((bytes[2] as number) << 8) + (bytes[3] as number);
}

function drop(peer: PeerId, reason: DropReason, output: CoapOutput): undefined {
  output.drops.push({ peer, reason });
  return undefined;
}
