/**
 * The request layer in the client's role: requests of ours wait for their turn, leave in as many messages as their bodies
 * need, and end exactly once: with a response, or with the reason why there is none (RFC 7252 section 5, RFC 7641, RFC 7959).
 *
 *   request ─► queue ─► turn (NSTART) ─► message ─┬► response ─► next block, or event 'response'
 *                                                 ├► empty ACK: the turn goes on, the deadline stays
 *                                                 └► RST, given up, deadline ─► event 'failed'
 *   token of an observation ─► event 'notification' (long ones: a request of our own fetches the rest first)
 *
 * Owns: what a response means; the requests themselves are the queue's. Matching is by peer and token, never by token alone.
 * Limits: `requestsQueuedPerPeerMax`, `observationTokensPerPeerMax`, `finishedTokensPerPeerMax`.
 */

import { toHex } from '../base/bytes.ts';
import type { Deadlines } from '../base/deadlines.ts';
import type { Entropy } from '../base/entropy.ts';
import { after, type Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import { isSuccess, responseCodes } from './code.ts';
import { notificationEvent, observationEnded, unknownToken } from './events.ts';
import { type Match, matchOf } from './matching.ts';
import type { Content } from './message.ts';
import type { Messaging, ReceivedResponse, Unmatched } from './messaging.ts';
import { arrive, type NotificationArrival, type Observation, unarrive } from './observation.ts';
import { Options, optionNumber } from './option.ts';
import type { Outgoing } from './outgoing.ts';
import type { CoapOutput, ExchangeId, FailureReason, PeerId, RequestId } from './output.ts';
import { type TransmissionParameters, transmitWaitMs } from './parameters.ts';
import { firstSentAt, type PendingRequest, withoutObserve } from './pending-request.ts';
import type { ReceivedMessage } from './received-message.ts';
import type { CoapRequest } from './request.ts';
import { RequestQueue, type RequestTerms } from './request-queue.ts';
import { type RequestRefusal, refusalOf } from './request-refusal.ts';
import type { RequesterPeer } from './requester-peer.ts';
import { type IncomingResponse, incomingResponse } from './response.ts';
import { stepOf } from './response-step.ts';
import type { Timer } from './timer.ts';

export class Requester {
  private readonly messages: Messaging;
  private readonly deadlines: Deadlines<Timer>;
  private readonly parametersOf: (peer: PeerId) => TransmissionParameters;
  /** Notifications that the caller has not decided on yet. */
  private readonly notifications = new WeakMap<ReceivedMessage, NotificationArrival>();
  /** Observations whose end the caller has not decided on yet. */
  private readonly endings = new WeakMap<ReceivedMessage, Observation>();
  readonly queue: RequestQueue;

  constructor(
    messages: Messaging,
    deadlines: Deadlines<Timer>,
    entropy: Entropy,
    parametersOf: (peer: PeerId) => TransmissionParameters,
  ) {
    this.messages = messages;
    this.deadlines = deadlines;
    this.parametersOf = parametersOf;
    this.queue = new RequestQueue(messages, deadlines, entropy);
  }

  /** Makes a request, or says why not. It leaves at once when it is its turn. */
  request(
    id: PeerId,
    request: CoapRequest,
    terms: RequestTerms,
    now: Monotonic,
    output: CoapOutput,
  ): PendingRequest | RequestRefusal {
    const peer = this.queue.peer(id, now);
    const refusal = refusalOf(peer, request, terms.token);
    if (refusal !== undefined) return refusal;
    const pending = this.queue.create(peer, request, terms, undefined);
    this.queue.enqueue(pending, now, output);
    return pending;
  }

  cancel(id: RequestId, now: Monotonic, output: CoapOutput): void {
    const pending = this.queue.get(id);
    if (pending !== undefined && pending.notification === undefined) this.fail(pending, 'cancelled', now, output);
  }

  hasLeft(id: RequestId): boolean {
    const pending = this.queue.get(id);
    return pending !== undefined && firstSentAt(pending) !== undefined;
  }

  /** Takes a response, and finds out what it answers. */
  receive(response: ReceivedResponse, now: Monotonic, output: CoapOutput): void {
    const options = new Options(response.message.options);
    const owner = response.outgoing?.purpose.request;
    if (owner === undefined) return this.receiveSeparate(response, options, now, output);
    const pending = this.queue.get(owner);
    if (pending !== undefined) this.take(pending, response, options, now, output, false);
  }

  /** An empty acknowledgement: the response will come by itself, and the next request has its turn. */
  acknowledged(outgoing: Outgoing, now: Monotonic, output: CoapOutput): void {
    const pending = this.queue.ownerOf(outgoing);
    if (pending !== undefined) this.queue.yieldTurn(pending, now, output);
  }

  /** A message of a request was rejected, or nobody acknowledged it. */
  ended(outgoing: Outgoing, reason: 'reset' | 'timeout', now: Monotonic, output: CoapOutput): void {
    const pending = this.queue.ownerOf(outgoing);
    if (pending !== undefined) this.fail(pending, reason, now, output);
  }

  /** Takes up a request whose message has left before: it is repeated when it has the turn, which is before all others. */
  resume(
    id: PeerId,
    request: CoapRequest,
    terms: RequestTerms,
    now: Monotonic,
    output: CoapOutput,
  ): PendingRequest | RequestRefusal {
    const peer = this.queue.peer(id, now);
    const refusal = refusalOf(peer, request, terms.token);
    if (refusal !== undefined) return refusal;
    const pending = this.queue.create(peer, request, terms, undefined);
    peer.awaited.delete(toHex(pending.token));
    this.queue.resume(pending, now, output);
    return pending;
  }

  release(id: RequestId, now: Monotonic, output: CoapOutput): void {
    const pending = this.queue.get(id);
    if (pending !== undefined) this.queue.release(pending, now, output);
  }

  awaitLate(id: PeerId, token: Uint8Array, now: Monotonic): void {
    const peer = this.queue.peer(id, now);
    peer.ended.delete(toHex(token));
    peer.awaited.add(toHex(token), now);
  }

  /** The acknowledgement of a message that is not under way (any more) brings an answer: it may be to one that has ended. */
  receiveUnmatched({ peer: id, association, message }: Unmatched, now: Monotonic, output: CoapOutput): void {
    const peer = this.queue.knownPeer(id);
    const key = toHex(message.token);
    const options = new Options(message.options);
    const pending = peer?.pending.get(key);
    const response = { kind: 'response', peer: id, association, message, outgoing: undefined } as const;
    if (pending?.resumed?.message.messageId === message.messageId) {
      this.take(pending, { ...response, received: undefined }, options, now, output, false);
    } else if (peer?.awaited.has(key) && options.unrecognisedCritical === undefined) {
      this.late(peer, { ...response, received: undefined }, options, now, output);
    } else output.drops.push({ peer: id, reason: 'unmatched-acknowledgement' });
  }

  /** The deadline of a request has come. One that waits for a message ID has not begun. */
  due(pending: PendingRequest, now: Monotonic, output: CoapOutput): void {
    const waitsForId = pending.outgoing !== undefined && pending.outgoing.messageId === undefined;
    if (waitsForId && pending.deadlineAt === undefined)
      this.deadlines.set(pending, after(now, transmitWaitMs(pending.parameters)));
    else this.fail(pending, 'timeout', now, output);
  }

  /** The caller does not take a notification, or the end of an observation: it counts as never seen. */
  ignored(received: ReceivedMessage): void {
    const notification = this.notifications.get(received);
    if (notification !== undefined) unarrive(notification);
    const ended = this.endings.get(received);
    if (ended !== undefined) this.queue.knownPeer(received.peer)?.observations.set(toHex(ended.token), ended);
  }

  forgetToken(id: PeerId, token: Uint8Array): void {
    const peer = this.queue.knownPeer(id);
    peer?.observations.delete(toHex(token));
    peer?.ended.delete(toHex(token));
    peer?.awaited.delete(toHex(token));
  }

  restoreObservation(id: PeerId, observation: Observation, now: Monotonic): void {
    const peer = this.queue.peer(id, now);
    if (peer.observations.size < limits.observationTokensPerPeerMax)
      peer.observations.set(toHex(observation.token), observation);
  }

  removePeer(id: PeerId, now: Monotonic, output: CoapOutput): void {
    const peer = this.queue.knownPeer(id);
    if (peer === undefined) return;
    peer.queue.length = 0;
    for (const pending of new Set(peer.pending.values())) this.fail(pending, 'cancelled', now, output);
    this.queue.removePeer(peer);
  }

  private receiveSeparate(response: ReceivedResponse, options: Options, now: Monotonic, output: CoapOutput): void {
    const { message, received } = response;
    const peer = this.queue.knownPeer(response.peer);
    const match = matchOf(peer, message.token, options);
    if (options.unrecognisedCritical !== undefined) this.refuse(response, match, output);
    else if (match.kind === 'response' && received?.confirmable && beginsObservation(match.pending, message, options))
      return this.overtaken(match.pending, response, received, options, now, output);
    else if (match.kind === 'late') this.acknowledge(response, output);
    const isReadable = options.unrecognisedCritical === undefined;
    if (match.kind === 'response') this.take(match.pending, response, options, now, output, isReadable);
    else if (match.kind === 'awaited' && isReadable) this.late(peer, response, options, now, output);
    else if (match.kind === 'late') output.drops.push({ peer: response.peer, reason: 'late-response' });
    else if (!isReadable || received === undefined) return;
    else if (match.kind === 'notification') this.notified(match.observation, received, message, options, now, output);
    else output.events.push(unknownToken(received, incomingResponse(message, options, message.payload)));
  }

  /**
   * The first notification may come before the response that its observation began with, or instead of it. It answers the
   * request; and it is the caller's to acknowledge, like every notification.
   */
  private overtaken(
    pending: PendingRequest,
    response: ReceivedResponse,
    received: ReceivedMessage,
    options: Options,
    now: Monotonic,
    output: CoapOutput,
  ): void {
    this.take(pending, response, options, now, output, false);
    const observation = this.queue.knownPeer(response.peer)?.observations.get(toHex(pending.token));
    if (observation !== undefined) this.notified(observation, received, response.message, options, now, output);
  }

  /** The response to a plain request is not durable by itself: acknowledged at once, record or not. */
  private acknowledge({ peer, message, received }: ReceivedResponse, output: CoapOutput): void {
    if (received !== undefined) this.messages.acknowledge(received, output);
    else this.messages.acknowledgeOnce(peer, message, output);
  }

  /** A response with an unknown critical option is rejected (RFC 7252 section 5.4.1); RST would end an observation. */
  private refuse({ peer, received }: ReceivedResponse, match: Match, output: CoapOutput): void {
    output.drops.push({ peer, reason: 'bad-option' });
    if (received?.confirmable && match.kind !== 'notification') this.messages.reject(received, output);
    else if (received !== undefined) this.messages.settle(received);
  }

  /** The answer to a request that has ended. What is only a part of it means nothing any more. */
  private late(
    peer: RequesterPeer | undefined,
    response: ReceivedResponse,
    options: Options,
    now: Monotonic,
    output: CoapOutput,
  ): void {
    const { peer: id, association, message, received } = response;
    const { token, code } = message;
    peer?.awaited.delete(toHex(token));
    peer?.ended.add(toHex(token), now);
    if (code === responseCodes.continue || options.uint(optionNumber.block2) !== undefined) {
      if (response.outgoing === undefined) this.acknowledge(response, output);
      output.drops.push({ peer: id, reason: 'late-response' });
      return;
    }
    const answer = incomingResponse(message, options, message.payload);
    const owed = received?.exchange;
    output.events.push({ kind: 'late-response', peer: id, token, association, response: answer, owed });
  }

  /** A response to a request of ours: the next message of it, or its end. `acknowledges`: it came by itself, for us to acknowledge. */
  private take(
    pending: PendingRequest,
    response: ReceivedResponse,
    options: Options,
    now: Monotonic,
    output: CoapOutput,
    acknowledges: boolean,
  ) {
    const peer = this.queue.knownPeer(pending.peer);
    if (peer !== undefined && pending.isFresh) peer.unproved = false;
    if (peer !== undefined) peer.probed = false;
    this.queue.leave(pending);
    const step = stepOf(pending, response.message, options);
    const isCallers = acknowledges && pending.keepsAnswer && step.kind === 'finished';
    if (acknowledges && !isCallers) this.acknowledge(response, output);
    if (step.kind === 'failed') return this.fail(pending, step.reason, now, output);
    this.observe(pending, response.message, options, now);
    if (step.kind === 'next') this.queue.continue(pending, now, output);
    else
      this.finish(pending, step.response, response, now, output, isCallers ? response.received?.exchange : undefined);
  }

  /** Whether the peer counts us as observer from this response on (RFC 7641 sections 3.1 and 3.6). */
  private observe(pending: PendingRequest, message: Content, options: Options, now: Monotonic): void {
    const { request, token } = pending;
    const peer = this.queue.knownPeer(pending.peer);
    if (peer === undefined || request.observe === undefined || pending.wireToken !== token) return;
    const sequence = options.uint(optionNumber.observe);
    const key = toHex(token);
    if (request.observe === 1 || sequence === undefined || !isSuccess(message.code)) {
      if (!isInterim(pending, message)) peer.observations.delete(key);
      return;
    }
    const youngest = { sequence, at: now };
    peer.observations.set(key, { token, request: withoutObserve(request), youngest });
    if (pending.download !== undefined) this.queue.changeToken(pending);
  }

  private finish(
    pending: PendingRequest,
    response: IncomingResponse,
    { association }: Pick<ReceivedResponse, 'association'>,
    now: Monotonic,
    output: CoapOutput,
    owed?: ExchangeId,
  ): void {
    const { id, peer, token, notification, isFresh: fresh } = pending;
    if (notification !== undefined && !isSuccess(response.code)) return this.fail(pending, 'block-error', now, output);
    const roundTripMs = now - (firstSentAt(pending) ?? now);
    this.queue.remove(pending, now);
    if (notification !== undefined) this.deliver(notification, response, output);
    else output.events.push({ kind: 'response', peer, id, token, association, response, roundTripMs, fresh, owed });
    this.queue.pump(peer, now, output);
  }

  private fail(pending: PendingRequest, reason: FailureReason, now: Monotonic, output: CoapOutput): void {
    const { id, peer, token, notification, wireToken } = pending;
    const sent = firstSentAt(pending) !== undefined;
    this.queue.remove(pending, now);
    if (notification !== undefined) {
      this.messages.forget(notification.received);
      unarrive(notification);
      output.drops.push({ peer, reason: 'incomplete-notification' });
    } else {
      // The caller takes the registration for failed: what the peer sends for it has an unknown token.
      if (wireToken !== token) this.queue.knownPeer(peer)?.observations.delete(toHex(token));
      output.events.push({ kind: 'failed', peer, id, token, reason, sent });
    }
    this.queue.pump(peer, now, output);
  }

  /** A message with the token of an observation. The caller decides about its acknowledgement: it is a promise. */
  private notified(
    observation: Observation,
    received: ReceivedMessage,
    message: Content,
    options: Options,
    now: Monotonic,
    output: CoapOutput,
  ): void {
    const sequence = options.uint(optionNumber.observe);
    if (sequence === undefined || !isSuccess(message.code)) {
      this.queue.knownPeer(received.peer)?.observations.delete(toHex(observation.token));
      this.endings.set(received, observation);
      output.events.push(observationEnded(received, incomingResponse(message, options, message.payload)));
      if (!received.confirmable) this.messages.settle(received);
      return;
    }
    const notification = arrive(observation, received, sequence, now);
    this.notifications.set(received, notification);
    const isLong = options.uint(optionNumber.block2) !== undefined;
    if (isLong) this.fetchRest(notification, message, options, now, output);
    else this.deliver(notification, incomingResponse(message, options, message.payload), output);
  }

  private deliver(notification: NotificationArrival, response: IncomingResponse, output: CoapOutput): void {
    const { received, observation, fresh } = notification;
    const stands = this.queue.knownPeer(received.peer)?.observations.has(toHex(observation.token));
    if (!stands) return void output.events.push(unknownToken(received, response));
    output.events.push(notificationEvent(received, observation.token, fresh, response));
    if (!received.confirmable) this.messages.settle(received);
  }

  /** The first block of a long notification has come with it; the others are fetched like those of any response. */
  private fetchRest(
    notification: NotificationArrival,
    message: Content,
    options: Options,
    now: Monotonic,
    output: CoapOutput,
  ): void {
    const { peer: id } = notification.received;
    const peer = this.queue.peer(id, now);
    const terms = { token: undefined, deadlineAt: undefined, parameters: this.parametersOf(id) };
    const pending = this.queue.create(peer, notification.observation.request, terms, notification);
    const step = stepOf(pending, message, options);
    const full = peer.pending.size > limits.requestsQueuedPerPeerMax;
    if (step.kind === 'finished') return this.finish(pending, step.response, notification.received, now, output);
    if (step.kind === 'failed' || full) return this.fail(pending, 'block-error', now, output);
    this.queue.enqueue(pending, now, output);
  }
}

/** A success with Observe and a whole body, to the request that asked for it. */
function beginsObservation(pending: PendingRequest, message: Content, options: Options): boolean {
  const asks = pending.request.observe === 0 && pending.wireToken === pending.token;
  const whole = options.uint(optionNumber.block2) === undefined;
  return asks && whole && isSuccess(message.code) && options.uint(optionNumber.observe) !== undefined;
}

/** The answer to a block of an upload, or to a wish that has to be repeated, says nothing about the observation. */
function isInterim(pending: PendingRequest, message: Content): boolean {
  return pending.upload !== undefined && pending.download === undefined && message.code === responseCodes.continue;
}
