/**
 * The messages that we send of our own accord, confirmable and not, with their message IDs (RFC 7252 sections 4.2 to 4.4).
 *
 * Owns: confirmable messages until they are acknowledged or given up, and the message IDs of every peer.
 * Limits: IDs (message-ids.ts); a confirmable message without one waits, a non-confirmable one is dropped and counted.
 */
import { assert } from '../base/assert.ts';
import type { Deadlines } from '../base/deadlines.ts';
import type { Entropy } from '../base/entropy.ts';
import { after, type Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import { encode } from './codec.ts';
import type { CoapMessage, Content } from './message.ts';
import { MessageIds } from './message-ids.ts';
import { optionNumber } from './option.ts';
import type { Outgoing, Purpose } from './outgoing.ts';
import type { CoapOutput, CoapSend, PeerId } from './output.ts';
import { initialTimeoutMs, type TransmissionParameters } from './parameters.ts';
import type { Timer } from './timer.ts';

/** One peer's share. Its timer finds out when it can be forgotten. */
export interface OutgoingPeer {
  readonly kind: 'outgoing-peer';
  readonly id: PeerId;
  readonly ids: MessageIds;
  readonly unacknowledged: Map<number, Outgoing>;
  /** Messages that wait for a message ID, or to be released. */
  readonly waiting: Set<Outgoing>;
}

export class OutgoingMessages {
  private readonly deadlines: Deadlines<Timer>;
  private readonly entropy: Entropy;
  private readonly peers = new Map<PeerId, OutgoingPeer>();
  private range = 0;
  private unacknowledged = 0;
  retransmissions = 0;

  constructor(deadlines: Deadlines<Timer>, entropy: Entropy) {
    this.deadlines = deadlines;
    this.entropy = entropy;
  }

  get size(): number {
    return this.unacknowledged;
  }

  /** From now on IDs are taken from this eighth of all IDs. */
  setRange(range: number): void {
    this.range = range;
  }

  /** Sends a confirmable message, now or as soon as the peer has an ID; a held one as soon as it is released, too. */
  sendConfirmable(
    peer: PeerId,
    content: Content,
    purpose: Purpose,
    parameters: TransmissionParameters,
    now: Monotonic,
    output: CoapOutput,
    held = false,
  ): Outgoing {
    const outgoing: Outgoing = {
      kind: 'outgoing',
      peer,
      content,
      purpose,
      parameters,
      held,
      messageId: undefined,
      bytes: undefined,
      sentAt: undefined,
      timeoutMs: initialTimeoutMs(parameters, this.entropy),
      transmissions: 0,
    };
    this.transmitFirst(outgoing, now, output);
    return outgoing;
  }

  /** A held message may leave. */
  release(outgoing: Outgoing, now: Monotonic, output: CoapOutput): void {
    if (!outgoing.held || outgoing.messageId === undefined) return;
    outgoing.held = false;
    this.peer(outgoing.peer, now).ids.usedAgain(outgoing.messageId, now);
    this.leave(outgoing, now, output);
  }

  /**
   * Takes up a message that left `ageMs` ago, in an earlier start or before its repetitions were stopped: it is repeated at once,
   * and then as often as there is time. One that is older than MAX_TRANSMIT_SPAN does not leave any more, and is given up.
   */
  resume(
    message: CoapMessage,
    { bytes, sentAt }: { readonly bytes: Uint8Array; readonly sentAt: Monotonic },
    addressed: Pick<Outgoing, 'peer' | 'purpose' | 'parameters'>,
    now: Monotonic,
    output: CoapOutput,
  ): Outgoing {
    const { messageId, ...content } = message;
    const { parameters } = addressed;
    const timeoutMs = initialTimeoutMs(parameters, this.entropy);
    const outgoing: Outgoing = {
      kind: 'outgoing',
      ...addressed,
      content,
      held: false,
      messageId,
      bytes,
      sentAt,
      timeoutMs,
      transmissions: parameters.retransmitsMax + 1,
    };
    const peer = this.peer(addressed.peer, now);
    peer.unacknowledged.set(messageId, outgoing);
    this.unacknowledged++;
    const ageMs = now - sentAt;
    if (ageMs > limits.maxTransmitSpanMs) this.deadlines.set(outgoing, now);
    else {
      outgoing.transmissions = Math.min(transmissionsWithin(ageMs, timeoutMs), parameters.retransmitsMax);
      outgoing.timeoutMs = timeoutMs * 2 ** (outgoing.transmissions - 1);
      this.repeat(outgoing, messageId, bytes, now, output);
    }
    return outgoing;
  }

  sendNonConfirmable(peer: PeerId, content: Content, purpose: Purpose, now: Monotonic, output: CoapOutput): void {
    const messageId = this.peer(peer, now).ids.take(this.range, now);
    if (messageId === undefined) output.drops.push({ peer, reason: 'message-id-exhausted' });
    else output.send.push(sendOf(peer, purpose, messageId, encode({ type: 'NON', messageId, ...content })));
  }

  /** The confirmable message with this ID, if the peer still owes its acknowledgement. */
  find(peer: PeerId, messageId: number): Outgoing | undefined {
    return this.peers.get(peer)?.unacknowledged.get(messageId);
  }

  /** No more transmissions: it was acknowledged, rejected, or nobody wants it any more. */
  stop(outgoing: Outgoing): void {
    this.deadlines.cancel(outgoing);
    const peer = this.peers.get(outgoing.peer);
    peer?.waiting.delete(outgoing);
    if (outgoing.messageId === undefined || peer?.unacknowledged.get(outgoing.messageId) !== outgoing) return;
    peer.unacknowledged.delete(outgoing.messageId);
    this.unacknowledged--;
  }

  /** Its deadline has come. True when it is given up. */
  due(outgoing: Outgoing, now: Monotonic, output: CoapOutput): boolean {
    const { messageId, bytes } = outgoing;
    if (messageId === undefined || bytes === undefined) this.transmitFirst(outgoing, now, output);
    else if (outgoing.transmissions > outgoing.parameters.retransmitsMax) {
      this.stop(outgoing);
      return true;
    } else this.repeat(outgoing, messageId, bytes, now, output);
    return false;
  }

  /** A peer's share is looked at once per EXCHANGE_LIFETIME, and forgotten when nothing of it matters any more. */
  peerDue(peer: OutgoingPeer, now: Monotonic): void {
    if (peer.unacknowledged.size === 0 && peer.waiting.size === 0 && peer.ids.isIdle(now)) this.peers.delete(peer.id);
    else this.deadlines.set(peer, after(now, limits.exchangeLifetimeMs));
  }

  /** Message IDs stay, until they are old: the peer may come back before. */
  removePeer(id: PeerId): void {
    const peer = this.peers.get(id);
    if (peer === undefined) return;
    for (const outgoing of [...peer.unacknowledged.values(), ...peer.waiting]) this.stop(outgoing);
  }

  private transmitFirst(outgoing: Outgoing, now: Monotonic, output: CoapOutput): void {
    const peer = this.peer(outgoing.peer, now);
    const messageId = peer.ids.take(this.range, now);
    if (messageId === undefined) {
      output.drops.push({ peer: outgoing.peer, reason: 'message-id-exhausted' });
      peer.waiting.add(outgoing);
      this.deadlines.set(outgoing, peer.ids.availableAt(now));
      return;
    }
    const bytes = encode({ type: 'CON', messageId, ...outgoing.content });
    outgoing.messageId = messageId;
    outgoing.bytes = bytes;
    if (!outgoing.held) return this.leave(outgoing, now, output);
    peer.waiting.add(outgoing);
    const { peer: to, purpose, content } = outgoing;
    const { request: id } = purpose;
    const isWhole = !content.options.some(({ number }) => number === optionNumber.block1);
    if (id === undefined) return;
    output.events.push({ kind: 'ready', peer: to, id, token: content.token, messageId, bytes, isWhole });
  }

  /** Its first transmission. */
  private leave(outgoing: Outgoing, now: Monotonic, output: CoapOutput): void {
    const { messageId, bytes, purpose } = outgoing;
    assert(messageId !== undefined && bytes !== undefined, 'a message that leaves has its message ID');
    const peer = this.peer(outgoing.peer, now);
    peer.waiting.delete(outgoing);
    outgoing.sentAt = now;
    peer.unacknowledged.set(messageId, outgoing);
    this.unacknowledged++;
    this.transmitted(outgoing, sendOf(outgoing.peer, purpose, messageId, bytes), now, output);
  }

  private repeat(outgoing: Outgoing, messageId: number, bytes: Uint8Array, now: Monotonic, output: CoapOutput): void {
    this.retransmissions++;
    outgoing.timeoutMs *= 2;
    const again = { ...sendOf(outgoing.peer, outgoing.purpose, messageId, bytes), kind: 'retransmission' } as const;
    this.transmitted(outgoing, again, now, output);
  }

  private transmitted(outgoing: Outgoing, send: CoapSend, now: Monotonic, output: CoapOutput): void {
    outgoing.transmissions++;
    output.send.push(send);
    this.deadlines.set(outgoing, after(now, outgoing.timeoutMs));
  }

  private peer(id: PeerId, now: Monotonic): OutgoingPeer {
    const known = this.peers.get(id);
    if (known !== undefined) return known;
    const peer: OutgoingPeer = {
      kind: 'outgoing-peer',
      id,
      ids: new MessageIds(this.entropy),
      unacknowledged: new Map(),
      waiting: new Set(),
    };
    this.peers.set(id, peer);
    this.deadlines.set(peer, after(now, limits.exchangeLifetimeMs));
    return peer;
  }
}

/** How often a message has left `ageMs` after the first time, that one included. */
function transmissionsWithin(ageMs: number, timeoutMs: number): number {
  return Math.floor(Math.log2(ageMs / timeoutMs + 1)) + 1;
}

function sendOf(peer: PeerId, { request, exchange }: Purpose, messageId: number, bytes: Uint8Array): CoapSend {
  return {
    peer,
    bytes,
    messageId,
    kind: request === undefined ? 'response' : 'request',
    ...(request !== undefined && { request }),
    ...(exchange !== undefined && { exchange }),
  };
}
