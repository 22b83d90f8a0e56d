/**
 * Every message that peers sent within EXCHANGE_LIFETIME (confirmable) or NON_LIFETIME, by peer, message ID and token.
 *
 * Owns: duplicate records. Limits: `exchangesPerPeerMax` open ones and `duplicatesPerPeerMax` in all for a peer,
 * `exchangesMax` for everybody. A full table refuses what is new: forgetting a young record would carry out a request twice.
 */
import type { Deadlines } from '../base/deadlines.ts';
import { after, type Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import type { ExchangeId, PeerId } from './output.ts';
import { pack, packedExpiry, unpack } from './packed-message.ts';
import { lifetimeMs, type ReceivedMessage } from './received-message.ts';
import type { Timer } from './timer.ts';

/** A datagram as it came, decoded. */
export interface Arrived {
  readonly peer: PeerId;
  /** Rises with every new association of the peer; equal for all that come over one. */
  readonly association: number;
  readonly messageId: number;
  /** Message ID and token: `nameOf`. */
  readonly key: string;
  readonly confirmable: boolean;
  readonly isRequest: boolean;
  /** CRC-32 of its bytes. */
  readonly digest: number;
  /** The peer has begun anew with this request: over a new association it is never a duplicate. */
  readonly startsAnew: boolean;
}

/** One peer's share, in the order of arrival. Its timer forgets what has no deadline of its own. */
export interface ReceivedPeer {
  readonly kind: 'received-peer';
  readonly id: PeerId;
  /** Packed as soon as nothing about it changes any more. */
  readonly records: Map<string, ReceivedMessage | string>;
  open: number;
  /** It has a deadline: asked for each message, and a look at the deadlines costs more. */
  expires: boolean;
  sweptAt: Monotonic | undefined;
  /** The last association over which the peer began anew. */
  begunAnewOver: number | undefined;
}

type MessageName = Pick<ReceivedMessage, 'messageId' | 'key'>;

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
    const earlier = peer && this.youngAt(peer, arrived, now);
    if (peer === undefined || earlier === undefined) return undefined;
    const identical = earlier.digest === arrived.digest;
    // Other bytes under the message ID and token of a notification are another value: to acknowledge it unseen would lose it.
    if (earlier.association === arrived.association) return earlier.isRequest || identical ? earlier : undefined;
    if (arrived.startsAnew || peer.begunAnewOver === arrived.association) return undefined;
    const young = now - earlier.arrivedAt <= limits.maxTransmitSpanMs;
    return young && identical ? earlier : undefined;
  }

  /** Opens an exchange, in place of a record with its message ID and token; undefined when there is no room. */
  add(arrived: Arrived, now: Monotonic): ReceivedMessage | undefined {
    const known = this.peers.get(arrived.peer);
    if (known !== undefined) this.removeAt(known, arrived.key);
    if (!this.hasRoom(known, now)) return undefined;
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
    const known = this.peers.get(received.peer);
    if (known !== undefined) this.removeAt(known, received.key);
    if (!this.hasRoom(known, now)) return;
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
    const { key } = received;
    if (peer?.records.get(key) !== received) return;
    this.deadlines.cancel(received);
    peer.records.set(key, pack(received));
    this.expireFrom(peer, received.expiresAt);
  }

  /** It has no deadline of its own: it is forgotten when its time is over, open or not. */
  forgetInTime(received: ReceivedMessage): void {
    const peer = this.peers.get(received.peer);
    if (peer !== undefined) this.expireFrom(peer, received.expiresAt);
  }

  has(received: ReceivedMessage): boolean {
    return this.peers.get(received.peer)?.records.get(received.key) === received;
  }

  /** Forgets the record: a repetition counts as new. */
  remove(received: ReceivedMessage): void {
    const peer = this.peers.get(received.peer);
    if (peer?.records.get(received.key) === received) this.drop(peer, received.key, received);
  }

  /** Forgets a message whose answer has left. */
  forgetAnswered(received: ReceivedMessage): void {
    const peer = this.peers.get(received.peer);
    const record = peer?.records.get(received.key);
    if (peer === undefined || typeof record !== 'string') return;
    if (unpack(record, peer.id, received).exchange === received.exchange) this.removeAt(peer, received.key);
  }

  removePeer(id: PeerId): void {
    const peer = this.peers.get(id);
    for (const [key, record] of peer?.records ?? []) this.drop(peer as ReceivedPeer, key, record);
  }

  /** The oldest records of a peer without deadlines of their own have had their time. */
  peerDue(peer: ReceivedPeer, now: Monotonic): void {
    peer.expires = false;
    for (const [key, record] of peer.records) {
      if (typeof record !== 'string' && this.deadlines.at(record) !== undefined) continue;
      const expiry = typeof record === 'string' ? packedExpiry(record) : record.expiresAt;
      if (expiry > now) return this.expireFrom(peer, expiry);
      this.drop(peer, key, record);
    }
  }

  private youngAt(peer: ReceivedPeer, message: MessageName, now: Monotonic): ReceivedMessage | undefined {
    const record = peer.records.get(message.key);
    if (typeof record !== 'string') return record;
    return packedExpiry(record) > now ? unpack(record, peer.id, message) : undefined;
  }

  private removeAt(peer: ReceivedPeer, key: string): void {
    const record = peer.records.get(key);
    if (record !== undefined) this.drop(peer, key, record);
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
      expires: false,
      sweptAt: undefined,
      begunAnewOver: undefined,
    };
    this.peers.set(id, peer);
    return peer;
  }

  private hasRoom(peer: ReceivedPeer | undefined, now: Monotonic): boolean {
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

  private recordOf(arrived: Arrived, now: Monotonic): ReceivedMessage {
    const { peer, association, messageId, key, digest, confirmable, isRequest } = arrived;
    return {
      kind: 'received-message',
      exchange: this.nextExchange(),
      peer,
      association,
      messageId,
      key,
      digest,
      confirmable,
      isRequest,
      arrivedAt: now,
      expiresAt: after(now, lifetimeMs(confirmable)),
      state: 'open',
      answer: undefined,
      note: undefined,
    };
  }

  private expireFrom(peer: ReceivedPeer, at: Monotonic): void {
    if (!peer.expires) this.deadlines.set(peer, at);
    peer.expires = true;
  }

  private insert(peer: ReceivedPeer, received: ReceivedMessage): void {
    peer.records.set(received.key, received);
    this.records++;
  }

  private nextExchange(): ExchangeId {
    return ++this.exchanges as ExchangeId;
  }
}
