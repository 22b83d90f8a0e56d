/**
 * Requests of ours under way, their tokens and their turns: at most NSTART of a peer wait for a first answer at once (RFC 7252
 * section 4.7); all others wait in the order in which they were made.
 *
 * Owns: requests, and what the client's role keeps of each peer.
 */
import { toHex } from '../base/bytes.ts';
import type { Deadlines } from '../base/deadlines.ts';
import { type Entropy, randomBytes } from '../base/entropy.ts';
import { after, type Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import type { Messaging } from './messaging.ts';
import type { NotificationArrival } from './observation.ts';
import type { Outgoing } from './outgoing.ts';
import type { CoapOutput, PeerId, RequestId } from './output.ts';
import { type TransmissionParameters, transmitWaitMs } from './parameters.ts';
import { firstSentAt, nextContent, type PendingRequest, type ResumedMessage } from './pending-request.ts';
import type { CoapRequest } from './request.ts';
import { isIdle, newRequesterPeer, type RequesterPeer } from './requester-peer.ts';
import type { Timer } from './timer.ts';
import { Upload } from './upload.ts';

/** What a request is made of, beside itself. */
export interface RequestTerms {
  readonly token: Uint8Array | undefined;
  readonly deadlineAt: Monotonic | undefined;
  readonly parameters: TransmissionParameters;
  readonly held?: boolean;
  readonly keepsAnswer?: boolean;
  readonly resumed?: ResumedMessage;
}

export class RequestQueue {
  private readonly messages: Messaging;
  private readonly deadlines: Deadlines<Timer>;
  private readonly entropy: Entropy;
  private readonly peers = new Map<PeerId, RequesterPeer>();
  private readonly requests = new Map<RequestId, PendingRequest>();
  private ids = 0;

  constructor(messages: Messaging, deadlines: Deadlines<Timer>, entropy: Entropy) {
    this.messages = messages;
    this.deadlines = deadlines;
    this.entropy = entropy;
  }

  get size(): number {
    return this.requests.size;
  }

  get observations(): number {
    let count = 0;
    for (const peer of this.peers.values()) count += peer.observations.size;
    return count;
  }

  get(id: RequestId): PendingRequest | undefined {
    return this.requests.get(id);
  }

  /** The request of which this is a message. */
  ownerOf({ purpose }: Outgoing): PendingRequest | undefined {
    return purpose.request === undefined ? undefined : this.requests.get(purpose.request);
  }

  knownPeer(id: PeerId): RequesterPeer | undefined {
    return this.peers.get(id);
  }

  peer(id: PeerId, now: Monotonic): RequesterPeer {
    const known = this.peers.get(id);
    if (known !== undefined) return known;
    const peer = newRequesterPeer(id);
    this.peers.set(id, peer);
    this.deadlines.set(peer, after(now, limits.exchangeLifetimeMs));
    return peer;
  }

  /** A peer is looked at once per EXCHANGE_LIFETIME, and forgotten when nothing of it matters any more. */
  peerDue(peer: RequesterPeer, now: Monotonic): void {
    peer.ended.forgetOld(now);
    peer.awaited.forgetOld(now);
    if (isIdle(peer)) this.peers.delete(peer.id);
    else this.deadlines.set(peer, after(now, limits.exchangeLifetimeMs));
  }

  removePeer(peer: RequesterPeer): void {
    this.deadlines.cancel(peer);
    this.peers.delete(peer.id);
  }

  /** A new request, that does not wait for its turn yet. */
  create(
    peer: RequesterPeer,
    request: CoapRequest,
    { token, deadlineAt, parameters, held = false, keepsAnswer = false, resumed }: RequestTerms,
    notification: NotificationArrival | undefined,
  ): PendingRequest {
    const own = token?.slice() ?? this.freshToken(peer);
    const body = request.payload;
    const isLong = body !== undefined && body.length > parameters.blockBytes;
    const pending: PendingRequest = {
      kind: 'pending-request',
      id: ++this.ids as RequestId,
      peer: peer.id,
      token: own,
      request,
      parameters,
      deadlineAt,
      notification,
      keepsAnswer,
      isFresh: resumed === undefined,
      held,
      resumed,
      upload: isLong ? new Upload(body, parameters.blockBytes) : undefined,
      wireToken: own,
      download: undefined,
      first: undefined,
      outgoing: undefined,
      sentAt: resumed?.sentAt,
    };
    this.requests.set(pending.id, pending);
    peer.pending.set(toHex(own), pending);
    if (deadlineAt !== undefined) this.deadlines.set(pending, deadlineAt);
    return pending;
  }

  /** A request waits for its turn, behind all others. */
  enqueue(pending: PendingRequest, now: Monotonic, output: CoapOutput): void {
    this.knownPeer(pending.peer)?.queue.push(pending);
    this.pump(pending.peer, now, output);
  }

  /** A request that has left before has its turn before all that wait. */
  resume(pending: PendingRequest, now: Monotonic, output: CoapOutput): void {
    this.knownPeer(pending.peer)?.queue.unshift(pending);
    this.pump(pending.peer, now, output);
  }

  /** The first message of a held request may leave. */
  release(pending: PendingRequest, now: Monotonic, output: CoapOutput): void {
    if (!pending.held || pending.outgoing === undefined) return;
    pending.held = false;
    this.messages.release(pending.outgoing, now, output);
    this.awaitAnswer(pending, now);
  }

  /** From now on one request leaves for this peer, until one is answered or it is proved otherwise. */
  expectProof(id: PeerId, now: Monotonic): void {
    const peer = this.peer(id, now);
    peer.unproved = true;
    peer.probed = peer.outstanding.size > 0;
  }

  /** The one request that left has ended without an answer, and the peer speaks: another one leaves. */
  expectProofAgain(id: PeerId, now: Monotonic, output: CoapOutput): void {
    const peer = this.knownPeer(id);
    if (peer?.unproved !== true || !peer.probed || peer.outstanding.size > 0) return;
    for (const pending of peer.pending.values()) if (firstSentAt(pending) !== undefined) return;
    peer.probed = false;
    this.pump(id, now, output);
  }

  proved(id: PeerId, now: Monotonic, output: CoapOutput): void {
    const peer = this.knownPeer(id);
    if (peer?.unproved !== true) return;
    peer.unproved = false;
    this.pump(id, now, output);
  }

  /** The next message of the same request: at once while it has the turn, else before all that wait. */
  continue(pending: PendingRequest, now: Monotonic, output: CoapOutput): void {
    const peer = this.peers.get(pending.peer);
    if (peer?.outstanding.has(pending)) return this.transmit(pending, now, output);
    if (pending.deadlineAt === undefined) this.deadlines.cancel(pending);
    // What was to be taken up waits already, if its answer came first.
    if (!peer?.queue.includes(pending)) peer?.queue.unshift(pending);
    this.pump(pending.peer, now, output);
  }

  /** No acknowledgement of its message is owed any more, and none of an earlier start's is to be repeated. */
  leave(pending: PendingRequest): void {
    pending.sentAt = firstSentAt(pending);
    pending.resumed = undefined;
    if (pending.outgoing !== undefined) this.messages.stop(pending.outgoing);
    pending.outgoing = undefined;
  }

  /** The peer has said that it has the request: the next one has its turn. */
  yieldTurn(pending: PendingRequest, now: Monotonic, output: CoapOutput): void {
    this.leave(pending);
    this.peers.get(pending.peer)?.outstanding.delete(pending);
    this.pump(pending.peer, now, output);
  }

  /** The request goes on under another token; its first one belongs to an observation now. */
  changeToken(pending: PendingRequest): void {
    const peer = this.peers.get(pending.peer);
    if (peer === undefined) return;
    peer.pending.delete(toHex(pending.wireToken));
    pending.wireToken = this.freshToken(peer);
    peer.pending.set(toHex(pending.wireToken), pending);
  }

  /** The request has ended; its token is remembered. Whose turn it is now: `pump`. */
  remove(pending: PendingRequest, now: Monotonic): void {
    this.leave(pending);
    this.deadlines.cancel(pending);
    this.requests.delete(pending.id);
    const peer = this.peers.get(pending.peer);
    if (peer === undefined) return;
    peer.outstanding.delete(pending);
    const waiting = peer.queue.indexOf(pending);
    if (waiting >= 0) peer.queue.splice(waiting, 1);
    const token = toHex(pending.wireToken);
    peer.pending.delete(token);
    if (!peer.observations.has(token)) peer.ended.add(token, now);
  }

  /** Gives the turn to requests that wait, as far as NSTART allows. */
  pump(id: PeerId, now: Monotonic, output: CoapOutput): void {
    const peer = this.peers.get(id);
    for (;;) {
      const next = peer?.queue[0];
      if (peer === undefined || next === undefined || (peer.unproved && peer.probed)) return;
      if (peer.outstanding.size >= next.parameters.outstandingRequestsMax) return;
      peer.queue.shift();
      peer.outstanding.add(next);
      peer.probed = true;
      this.transmit(next, now, output);
    }
  }

  private transmit(pending: PendingRequest, now: Monotonic, output: CoapOutput): void {
    const { peer, id, parameters, held, resumed } = pending;
    const purpose = { request: id };
    pending.resumed = undefined;
    if (resumed !== undefined) {
      pending.outgoing = this.messages.resume(resumed, { peer, purpose, parameters }, now, output);
      return this.awaitAnswer(pending, resumed.sentAt);
    }
    const content = nextContent(pending);
    pending.outgoing = this.messages.send(peer, content, purpose, parameters, now, output, held);
    if (!held) this.awaitAnswer(pending, now);
  }

  /** Without a deadline of its own a request has one for each of its messages. */
  private awaitAnswer(pending: PendingRequest, sentAt: Monotonic): void {
    const { parameters, deadlineAt } = pending;
    if (deadlineAt === undefined) this.deadlines.set(pending, after(sentAt, transmitWaitMs(parameters)));
  }

  private freshToken(peer: RequesterPeer): Uint8Array {
    for (;;) {
      const token = randomBytes(this.entropy, limits.tokenBytes);
      const key = toHex(token);
      const isKnown = peer.pending.has(key) || peer.observations.has(key);
      if (!isKnown && !peer.ended.has(key) && !peer.awaited.has(key)) return token;
    }
  }
}
