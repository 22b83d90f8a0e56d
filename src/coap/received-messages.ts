/**
 * Every message that peers sent within EXCHANGE_LIFETIME (confirmable) or NON_LIFETIME, by peer, message ID and token.
 *
 * Owns: duplicate records. Limits: `exchangesPerPeerMax` open ones and `duplicatesPerPeerMax` in all for a peer,
 * `exchangesMax` for everybody. A full table refuses what is new: forgetting a young record would carry out a request twice.
 */
import { crc32 } from '../base/crc32.ts';
import type { Deadlines } from '../base/deadlines.ts';
import { after, type Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import { classOf } from './code.ts';
import type { CoapMessage } from './message.ts';
import type { ExchangeId, PeerId } from './output.ts';
import { latin1, pack, packedExpiry, unpack } from './packed-message.ts';
import { lifetimeMs, type ReceivedMessage } from './received-message.ts';
import type { Timer } from './timer.ts';

/** A datagram as it came, decoded. */
export interface Arrived {
  readonly peer: PeerId;
  /** Rises with every new association of the peer; equal for all that come over one. */
  readonly association: number;
  readonly message: CoapMessage;
  readonly bytes: Uint8Array;
  /** The peer has begun anew with this request: over a new association it is never a duplicate. */
  readonly startsAnew: boolean;
}

/** One peer's share, in the order of arrival. Its timer forgets what has been packed. */
export interface ReceivedPeer {
  readonly kind: 'received-peer';
  readonly id: PeerId;
  /** Packed as soon as nothing about it changes any more. */
  readonly records: Map<string, ReceivedMessage | string>;
  open: number;
  sweptAt: Monotonic | undefined;
  /** The last association over which the peer began anew. */
  begunAnewOver: number | undefined;
}

interface MessageName {
  readonly messageId: number;
  readonly token: Uint8Array;
}

/** A full peer is looked through for old records at most this often. */
const sweepSpacingMs = 1_000;

export class ReceivedMessages {
  private readonly deadlines: Deadlines<Timer>;
  private readonly peers = new Map<PeerId, ReceivedPeer>();
  private readonly openExchanges = new Map<ExchangeId, ReceivedMessage>();
  private exchanges = 0;
  private records = 0;

  constructor(deadlines: Deadlines<Timer>) {
    this.deadlines = deadlines;
  }

  get size(): number {
    return this.records;
  }

  get open(): number {
    return this.openExchanges.size;
  }

  /** The open exchange of that number, if it is the peer's. */
  find(peer: PeerId, exchange: ExchangeId): ReceivedMessage | undefined {
    const received = this.openExchanges.get(exchange);
    return received?.peer === peer ? received : undefined;
  }

  /** The record of the message of which this one is a duplicate. */
  duplicateOf(arrived: Arrived, now: Monotonic): ReceivedMessage | undefined {
    const peer = this.peers.get(arrived.peer);
    const earlier = peer && this.youngAt(peer, arrived.message, now);
    if (peer === undefined || earlier === undefined) return undefined;
    const identical = earlier.digest === crc32(arrived.bytes);
    // Other bytes under the message ID and token of a notification are another value: to acknowledge it unseen would lose it.
    if (earlier.association === arrived.association) return earlier.isRequest || identical ? earlier : undefined;
    if (arrived.startsAnew || peer.begunAnewOver === arrived.association) return undefined;
    const young = now - earlier.arrivedAt <= limits.maxTransmitSpanMs;
    return young && identical ? earlier : undefined;
  }

  /** Opens an exchange, in place of a record with its message ID and token; undefined when there is no room. */
  add(arrived: Arrived, now: Monotonic): ReceivedMessage | undefined {
    this.removeAt(arrived.peer, arrived.message);
    if (!this.hasRoom(arrived.peer, now)) return undefined;
    const peer = this.peer(arrived.peer);
    if (arrived.startsAnew) peer.begunAnewOver = arrived.association;
    const received = this.recordOf(arrived, now);
    this.insert(peer, received);
    peer.open++;
    this.openExchanges.set(received.exchange, received);
    return received;
  }

  /** Puts a record of an earlier start back, answered already, as far as there is room. */
  restore(received: Omit<ReceivedMessage, 'kind' | 'exchange' | 'note'>, now: Monotonic): void {
    this.removeAt(received.peer, received);
    if (!this.hasRoom(received.peer, now)) return;
    const whole: ReceivedMessage = {
      kind: 'received-message',
      exchange: this.nextExchange(),
      note: undefined,
      ...received,
    };
    this.insert(this.peer(received.peer), whole);
    this.pack(whole);
  }

  /** The exchange is over; what it was is kept for duplicates. */
  leaveOpen(received: ReceivedMessage): void {
    received.note = undefined;
    if (!this.openExchanges.delete(received.exchange)) return;
    const peer = this.peers.get(received.peer);
    if (peer !== undefined) peer.open--;
  }

  /** From now on nothing about this record changes. */
  pack(received: ReceivedMessage): void {
    const peer = this.peers.get(received.peer);
    const key = keyOf(received);
    if (peer?.records.get(key) !== received) return;
    this.deadlines.cancel(received);
    peer.records.set(key, pack(received));
    if (this.deadlines.at(peer) === undefined) this.deadlines.set(peer, received.expiresAt);
  }

  has(received: ReceivedMessage): boolean {
    return this.peers.get(received.peer)?.records.get(keyOf(received)) === received;
  }

  /** Forgets the record: a repetition counts as new. */
  remove(received: ReceivedMessage): void {
    if (this.has(received)) this.removeAt(received.peer, received);
  }

  /** Forgets a message whose answer has left. */
  forgetAnswered(received: ReceivedMessage): void {
    const record = this.peers.get(received.peer)?.records.get(keyOf(received));
    if (typeof record !== 'string') return;
    if (unpack(record, received.peer, received).exchange === received.exchange) this.removeAt(received.peer, received);
  }

  removePeer(id: PeerId): void {
    const peer = this.peers.get(id);
    for (const [key, record] of peer?.records ?? []) this.drop(peer as ReceivedPeer, key, record);
  }

  /** The oldest packed records of a peer have had their time. */
  peerDue(peer: ReceivedPeer, now: Monotonic): void {
    for (const [key, record] of peer.records) {
      if (typeof record !== 'string') continue;
      const expiry = packedExpiry(record);
      if (expiry > now) return this.deadlines.set(peer, expiry);
      this.drop(peer, key, record);
    }
  }

  private youngAt(peer: ReceivedPeer, message: MessageName, now: Monotonic): ReceivedMessage | undefined {
    const record = peer.records.get(keyOf(message));
    if (typeof record !== 'string') return record;
    return packedExpiry(record) > now ? unpack(record, peer.id, message) : undefined;
  }

  private removeAt(id: PeerId, message: MessageName): void {
    const peer = this.peers.get(id);
    const key = keyOf(message);
    const record = peer?.records.get(key);
    if (peer !== undefined && record !== undefined) this.drop(peer, key, record);
  }

  private drop(peer: ReceivedPeer, key: string, record: ReceivedMessage | string): void {
    peer.records.delete(key);
    this.records--;
    if (typeof record !== 'string') {
      this.leaveOpen(record);
      this.deadlines.cancel(record);
    }
    if (peer.records.size > 0) return;
    this.deadlines.cancel(peer);
    this.peers.delete(peer.id);
  }

  private peer(id: PeerId): ReceivedPeer {
    const known = this.peers.get(id);
    if (known !== undefined) return known;
    const peer: ReceivedPeer = {
      kind: 'received-peer',
      id,
      records: new Map(),
      open: 0,
      sweptAt: undefined,
      begunAnewOver: undefined,
    };
    this.peers.set(id, peer);
    return peer;
  }

  private hasRoom(id: PeerId, now: Monotonic): boolean {
    const peer = this.peers.get(id);
    if (peer !== undefined && peer.records.size >= limits.duplicatesPerPeerMax) this.sweep(peer, now);
    if (this.records >= limits.exchangesMax) return false;
    const { open = 0, records } = peer ?? {};
    return open < limits.exchangesPerPeerMax && (records?.size ?? 0) < limits.duplicatesPerPeerMax;
  }

  /** Non-confirmable messages grow old before confirmable ones that came earlier: their room is taken back when it is needed. */
  private sweep(peer: ReceivedPeer, now: Monotonic): void {
    if (peer.sweptAt !== undefined && after(peer.sweptAt, sweepSpacingMs) > now) return;
    peer.sweptAt = now;
    for (const [key, record] of peer.records)
      if (typeof record === 'string' && packedExpiry(record) <= now) this.drop(peer, key, record);
  }

  private recordOf({ peer, association, message, bytes }: Arrived, now: Monotonic): ReceivedMessage {
    const confirmable = message.type === 'CON';
    return {
      kind: 'received-message',
      exchange: this.nextExchange(),
      peer,
      association,
      messageId: message.messageId,
      token: message.token.slice(),
      digest: crc32(bytes),
      confirmable,
      isRequest: classOf(message.code) === 'request',
      arrivedAt: now,
      expiresAt: after(now, lifetimeMs(confirmable)),
      state: 'open',
      answer: undefined,
      note: undefined,
    };
  }

  private insert(peer: ReceivedPeer, received: ReceivedMessage): void {
    peer.records.set(keyOf(received), received);
    this.records++;
  }

  private nextExchange(): ExchangeId {
    return ++this.exchanges as ExchangeId;
  }
}

function keyOf({ messageId, token }: MessageName): string {
  return String.fromCharCode(messageId >> 8, messageId & 0xff) + latin1(token);
}
