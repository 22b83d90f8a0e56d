/**
 * The door of the CoAP layer: one instance for all peers, pure and synchronous. Each verb returns what is to be sent, what
 * has happened, and what was dropped; time and chance are handed in; one ordered structure holds every deadline.
 *
 *   datagram ─► receive ─► MessageLayer ─┬► Responder (their requests) ─► event 'request' ─► respond
 *                                        └► Requester (our requests)   ─► event 'response', 'failed', 'notification'
 *
 * Nothing is acknowledged on behalf of the caller that is a promise: a notification waits for `acknowledge`, a request for
 * `respond`, both to be called after his commit.
 */
import { assert } from '../base/assert.ts';
import { Deadlines } from '../base/deadlines.ts';
import type { Entropy } from '../base/entropy.ts';
import { after, type Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import { decode, encode } from './codec.ts';
import type { CoapMessage } from './message.ts';
import { MessageLayer } from './message-layer.ts';
import { Options } from './option.ts';
import { type CoapOutput, type ExchangeId, emptyOutput, type PeerId, type RequestId } from './output.ts';
import { defaultParameters, type TransmissionParameters } from './parameters.ts';
import type { ReceivedMessage } from './received-message.ts';
import { type CoapRequest, headOf, type RequestHead, requestOf } from './request.ts';
import { RequestLayer } from './request-layer.ts';
import type { RequestRefusal } from './request-refusal.ts';
import type { Requester } from './requester.ts';
import { type CoapResponse, responseOptions } from './response.ts';
import type { Timer } from './timer.ts';

export interface CoapConfiguration {
  readonly entropy: Entropy;
  /** For peers that have none of their own. */
  readonly parameters?: Partial<TransmissionParameters>;
  /** True for a request with which a peer begins anew: over a new association it is never a duplicate. */
  readonly startsAnew?: (request: RequestHead) => boolean;
}

export interface RequestOptions {
  /** 1 to 8 bytes; without it a fresh random one. */
  readonly token?: Uint8Array;
  /** From this call on. Without it each message has 93 s from its first transmission. */
  readonly deadlineMs?: number;
  /** At its turn nothing leaves: an event `ready` tells token and message ID, and `release` sends it. */
  readonly held?: boolean;
  /** A final response that comes by itself is not acknowledged: call `acknowledge` with what is `owed`, after a commit. */
  readonly keepsAnswer?: boolean;
  readonly parameters?: Partial<TransmissionParameters>;
}

export type RequestResult =
  /** `messageId` is undefined while the request waits for its turn; then the `send` item of kind `request` tells it. */
  | {
      readonly id: RequestId;
      readonly token: Uint8Array;
      readonly messageId: number | undefined;
      readonly output: CoapOutput;
    }
  | { readonly refused: RequestRefusal };

export interface ResumedRequest {
  /** The message, whole. */
  readonly bytes: Uint8Array;
  /** Since it left for the first time. */
  readonly ageMs: number;
}

export interface RestoredObservation {
  readonly token: Uint8Array;
  /** The request that registered it: blocks of a long notification are fetched with it. */
  readonly request: Omit<RequestHead, 'query'> & Pick<CoapRequest, 'query' | 'accept' | 'contentFormat' | 'payload'>;
  readonly lastSequence?: number;
  /** How long ago `lastSequence` came, as far as uptime tells. */
  readonly ageMs?: number;
}

export interface RestoredMessage {
  readonly messageId: number;
  readonly token: Uint8Array;
  readonly association: number;
  readonly digest: number;
  /** What a repetition gets. */
  readonly answer: 'acknowledgement' | CoapResponse;
  readonly ageMs: number;
}

export interface CoapStatistics {
  /** Messages of peers that wait for a decision. */
  readonly exchangesOpen: number;
  /** Messages of peers that are remembered, open ones included. */
  readonly exchangesRemembered: number;
  /** Confirmable messages of ours without acknowledgement. */
  readonly unacknowledged: number;
  readonly requestsPending: number;
  readonly observations: number;
  readonly transfers: number;
  readonly retransmissions: number;
  readonly emptyAcknowledgements: number;
}

export class Coap {
  private readonly deadlines = new Deadlines<Timer>();
  private readonly messages: MessageLayer;
  private readonly requests: RequestLayer;
  private readonly requester: Requester;
  private readonly defaults: TransmissionParameters;
  private readonly own = new Map<PeerId, TransmissionParameters>();

  constructor({ entropy, parameters, startsAnew }: CoapConfiguration) {
    this.defaults = { ...defaultParameters, ...parameters };
    const parametersOf = (peer: PeerId) => this.parametersOf(peer);
    this.messages = new MessageLayer(this.deadlines, entropy, (message) => isStart(message, startsAnew));
    this.requests = new RequestLayer(this.messages, this.deadlines, entropy, parametersOf);
    this.requester = this.requests.requester;
  }

  /** From now on message IDs have these top 3 bits (0 to 7). Call it at the start and whenever the generation rises. */
  setMessageIdRange(range: number): void {
    this.messages.outgoing.setRange(range);
  }

  /** Gives a peer parameters of its own, on top of the default. */
  setParameters(peer: PeerId, parameters: Partial<TransmissionParameters>): void {
    this.own.set(peer, { ...this.defaults, ...parameters });
  }

  /** Takes a datagram of a peer. `association` rises with every new association of that peer. Never throws. */
  receive(peer: PeerId, association: number, bytes: Uint8Array, now: Monotonic): CoapOutput {
    const output = emptyOutput();
    const received = this.messages.receive(peer, association, bytes, now, output);
    if (received !== undefined) this.requests.receive(received, now, output);
    return output;
  }

  /** Carries out what is due. Harmless at any time. */
  advance(now: Monotonic): CoapOutput {
    const output = emptyOutput();
    for (const timer of this.deadlines.due(now)) this.due(timer, now, output);
    return output;
  }

  nextDeadline(): Monotonic | undefined {
    return this.deadlines.next()?.at;
  }

  /** Answers a request, after the caller's commit. An exchange that is no longer open is a counted drop. */
  respond(peer: PeerId, exchange: ExchangeId, response: CoapResponse, now: Monotonic): CoapOutput {
    return this.settle(peer, exchange, (received, output) => {
      assert(received.isRequest, 'a notification is acknowledged, not answered');
      this.requests.responder.respond(received, response, now, output);
    });
  }

  /** No answer to this request, notification or unknown token: a repetition counts as new. */
  ignore(peer: PeerId, exchange: ExchangeId): void {
    this.settle(peer, exchange, (received) => {
      this.requester.ignored(received);
      this.messages.forget(received);
    });
  }

  /** ACK of a confirmable notification, after the caller's commit. Sends nothing for a non-confirmable one. */
  acknowledge(peer: PeerId, exchange: ExchangeId): CoapOutput {
    return this.settle(peer, exchange, (received, output) => {
      assert(!received.isRequest, 'a request is answered, not acknowledged');
      this.messages.acknowledge(received, output);
    });
  }

  /** RST: the message means nothing here. Ends an observation at the peer (RFC 7641 section 3.6). */
  reject(peer: PeerId, exchange: ExchangeId): CoapOutput {
    return this.settle(peer, exchange, (received, output) => this.messages.reject(received, output));
  }

  /** Makes a request. It leaves at once when it is its turn; its end is an event `response` or `failed`. */
  request(peer: PeerId, request: CoapRequest, options: RequestOptions, now: Monotonic): RequestResult {
    const { token, deadlineMs, parameters, ...rest } = options;
    assert(token === undefined || (token.length > 0 && token.length <= limits.tokenBytes), 'a token has 1 to 8 bytes');
    const output = emptyOutput();
    const terms = {
      token,
      deadlineAt: deadlineMs === undefined ? undefined : after(now, deadlineMs),
      parameters: { ...this.parametersOf(peer), ...parameters },
      ...rest,
    };
    const pending = this.requester.request(peer, request, terms, now, output);
    if (typeof pending === 'string') return { refused: pending };
    return { id: pending.id, token: pending.token, messageId: pending.outgoing?.messageId, output };
  }

  /** The first message of a held request leaves, if it was not cancelled meanwhile. */
  release(id: RequestId, now: Monotonic): CoapOutput {
    const output = emptyOutput();
    this.requester.release(id, now, output);
    return output;
  }

  /**
   * Takes up a request whose one message left `ageMs` ago, in this start or an earlier one: the very same bytes are sent again,
   * within MAX_TRANSMIT_SPAN of the first time. Its answer is the caller's to acknowledge (`keepsAnswer`), and is not `fresh`.
   */
  resumeRequest(peer: PeerId, { bytes, ageMs }: ResumedRequest, now: Monotonic): RequestResult {
    const message = decode(bytes);
    const request = typeof message === 'string' ? undefined : requestOf(message);
    if (typeof message === 'string' || request === undefined) return { refused: 'no-request' };
    const output = emptyOutput();
    const { token, messageId } = message;
    const resumed = { message, bytes, sentAt: after(now, -ageMs) };
    const terms = { token, deadlineAt: undefined, parameters: this.parametersOf(peer), keepsAnswer: true, resumed };
    const pending = this.requester.resume(peer, request, terms, now, output);
    return typeof pending === 'string' ? { refused: pending } : { id: pending.id, token, messageId, output };
  }

  /** The answer to an ended request of this token still counts, for EXCHANGE_LIFETIME: an event `late-response` tells it. */
  awaitLate(peer: PeerId, token: Uint8Array, now: Monotonic): void {
    this.requester.awaitLate(peer, token, now);
  }

  /** Until a request of this start is answered, one request leaves for this peer, and no other. Anew with each call, and with each
   * answer to a request that was taken up again. */
  expectProof(peer: PeerId, now: Monotonic): void {
    this.requester.queue.expectProof(peer, now);
  }

  /** The peer, of which proof is expected, has sent something: if the one request has ended without an answer, the next one leaves. */
  expectProofAgain(peer: PeerId, now: Monotonic): CoapOutput {
    const output = emptyOutput();
    this.requester.queue.expectProofAgain(peer, now, output);
    return output;
  }

  /** The peer has proved itself in another way: what waits for that may leave. */
  proved(peer: PeerId, now: Monotonic): CoapOutput {
    const output = emptyOutput();
    this.requester.queue.proved(peer, now, output);
    return output;
  }

  /** Ends a request; its event `failed` is in the output. Its response, should one come, is dropped. */
  cancelRequest(id: RequestId, now: Monotonic): CoapOutput {
    const output = emptyOutput();
    this.requester.cancel(id, now, output);
    return output;
  }

  /** Whether a message of this request has left. */
  hasLeft(id: RequestId): boolean {
    return this.requester.hasLeft(id);
  }

  /** A notification with this token is from now on one with an unknown token. */
  forgetToken(peer: PeerId, token: Uint8Array): void {
    this.requester.forgetToken(peer, token);
  }

  /** Takes up an observation of an earlier start: its notifications are events again. */
  restoreObservation(peer: PeerId, restored: RestoredObservation, now: Monotonic): void {
    const { token, request, lastSequence, ageMs = 0 } = restored;
    const youngest = lastSequence === undefined ? undefined : { sequence: lastSequence, at: after(now, -ageMs) };
    this.requester.restoreObservation(peer, { token: token.slice(), request, youngest }, now);
  }

  /** Puts back the record of a confirmable message that was answered before the restart: a repetition gets the same. */
  rememberMessage(peer: PeerId, restored: RestoredMessage, now: Monotonic): void {
    const { messageId, association, digest, answer, ageMs } = restored;
    if (ageMs >= limits.exchangeLifetimeMs) return;
    const acknowledged = answer === 'acknowledgement';
    const token = restored.token.slice();
    const record = {
      peer,
      association,
      messageId,
      token,
      digest,
      confirmable: true,
      isRequest: !acknowledged,
      arrivedAt: after(now, -ageMs),
      expiresAt: after(now, limits.exchangeLifetimeMs - ageMs),
      state: acknowledged ? 'acknowledged' : 'answered',
      answer: acknowledged ? undefined : answerBytes(messageId, token, answer),
    } as const;
    this.messages.received.restore(record, now);
  }

  /** Drops all state of a peer. Its requests end with `cancelled`. */
  forgetPeer(peer: PeerId, now: Monotonic): CoapOutput {
    const output = emptyOutput();
    this.requests.removePeer(peer, now, output);
    this.messages.removePeer(peer);
    this.own.delete(peer);
    return output;
  }

  statistics(): CoapStatistics {
    const { received, outgoing, emptyAcknowledgements } = this.messages;
    return {
      exchangesOpen: received.open,
      exchangesRemembered: received.size,
      unacknowledged: outgoing.size,
      requestsPending: this.requester.queue.size,
      observations: this.requester.queue.observations,
      transfers: this.requests.responder.transfers,
      retransmissions: outgoing.retransmissions,
      emptyAcknowledgements,
    };
  }

  private parametersOf(peer: PeerId): TransmissionParameters {
    return this.own.get(peer) ?? this.defaults;
  }

  private due(timer: Timer, now: Monotonic, output: CoapOutput): void {
    switch (timer.kind) {
      case 'received-message':
        return this.messages.receivedDue(timer, now, output);
      case 'received-peer':
        return this.messages.received.peerDue(timer, now);
      case 'outgoing':
        if (this.messages.outgoing.due(timer, now, output)) this.requester.ended(timer, 'timeout', now, output);
        return;
      case 'outgoing-peer':
        return this.messages.outgoing.peerDue(timer, now);
      default:
        return this.requests.due(timer, now, output);
    }
  }

  private settle(
    peer: PeerId,
    exchange: ExchangeId,
    decide: (received: ReceivedMessage, output: CoapOutput) => void,
  ): CoapOutput {
    const output = emptyOutput();
    const received = this.messages.received.find(peer, exchange);
    if (received === undefined) output.drops.push({ peer, reason: 'unknown-exchange' });
    else decide(received, output);
    return output;
  }
}

function isStart(message: CoapMessage, startsAnew: CoapConfiguration['startsAnew']): boolean {
  if (startsAnew === undefined) return false;
  const head = headOf(message, new Options(message.options));
  return head !== undefined && startsAnew(head);
}

function answerBytes(messageId: number, token: Uint8Array, answer: CoapResponse): Uint8Array {
  const { code, payload = new Uint8Array(0) } = answer;
  return encode({ type: 'ACK', messageId, code, token, options: responseOptions(answer), payload });
}
