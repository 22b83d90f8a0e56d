/**
 * Every message that peers sent within EXCHANGE_LIFETIME (confirmable) or NON_LIFETIME, by peer, message ID and token.
 *
 * Owns: duplicate records. Limits: `exchangesPerPeerMax` open ones and `duplicatesPerPeerMax` in all for a peer,
 * `exchangesMax` for everybody. A full table refuses what is new: forgetting a young record would carry out a request twice.
 */
import { toHex } from '../base/bytes.ts';
import { crc32 } from '../base/crc32.ts';
import { after, type Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import { classOf } from './code.ts';
import type { CoapMessage } from './message.ts';
import type { ExchangeId, PeerId } from './output.ts';
import { isOpen, type ReceivedMessage, type ReceivedState } from './received-message.ts';

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

interface PeerRecords {
  readonly records: Map<string, ReceivedMessage>;
  open: number;
  /** The last association over which the peer began anew. */
  begunAnewOver: number | undefined;
}

export class ReceivedMessages {
  private readonly peers = new Map<PeerId, PeerRecords>();
  private readonly openExchanges = new Map<ExchangeId, ReceivedMessage>();
  private exchanges = 0;
  private records = 0;

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

  /** The record with that message ID and token. */
  at(peer: PeerId, message: { readonly messageId: number; readonly token: Uint8Array }): ReceivedMessage | undefined {
    return this.peers.get(peer)?.records.get(keyOf(message));
  }

  /** The record of the message of which this one is a duplicate. */
  duplicateOf(arrived: Arrived, now: Monotonic): ReceivedMessage | undefined {
    const peer = this.peers.get(arrived.peer);
    const earlier = peer?.records.get(keyOf(arrived.message));
    if (peer === undefined || earlier === undefined) return undefined;
    const identical = earlier.digest === crc32(arrived.bytes);
    // Other bytes under the message ID and token of a notification are another value: to acknowledge it unseen would lose it.
    if (earlier.association === arrived.association) return earlier.isRequest || identical ? earlier : undefined;
    if (arrived.startsAnew || peer.begunAnewOver === arrived.association) return undefined;
    const young = now - earlier.arrivedAt <= limits.maxTransmitSpanMs;
    return young && identical ? earlier : undefined;
  }

  /** Opens an exchange; undefined when there is no room. No record has its message ID and token. */
  add(arrived: Arrived, now: Monotonic): ReceivedMessage | undefined {
    if (!this.hasRoom(arrived.peer)) return undefined;
    const peer = this.peer(arrived.peer);
    if (arrived.startsAnew) peer.begunAnewOver = arrived.association;
    const received = this.recordOf(arrived, now);
    this.insert(peer, received);
    peer.open++;
    this.openExchanges.set(received.exchange, received);
    return received;
  }

  /** Puts a record of an earlier start back, answered already; undefined when there is no room. */
  restore(received: Omit<ReceivedMessage, 'kind' | 'exchange'>): ReceivedMessage | undefined {
    if (!this.hasRoom(received.peer)) return undefined;
    const peer = this.peer(received.peer);
    const whole: ReceivedMessage = { kind: 'received-message', exchange: this.nextExchange(), ...received };
    this.insert(peer, whole);
    return whole;
  }

  /** Ends the exchange; the record stays for duplicates. */
  close(received: ReceivedMessage, state: ReceivedState, answer?: Uint8Array): void {
    if (isOpen(received)) this.leaveOpen(received);
    received.state = state;
    received.answer = answer;
  }

  /** Forgets the record: a repetition counts as new. */
  remove(received: ReceivedMessage): void {
    const peer = this.peers.get(received.peer);
    if (peer?.records.get(keyOf(received)) !== received) return;
    if (isOpen(received)) this.leaveOpen(received);
    peer.records.delete(keyOf(received));
    this.records--;
    if (peer.records.size === 0) this.peers.delete(received.peer);
  }

  /** All records of a peer. */
  of(peer: PeerId): readonly ReceivedMessage[] {
    return [...(this.peers.get(peer)?.records.values() ?? [])];
  }

  private peer(id: PeerId): PeerRecords {
    const known = this.peers.get(id);
    if (known !== undefined) return known;
    const peer: PeerRecords = { records: new Map(), open: 0, begunAnewOver: undefined };
    this.peers.set(id, peer);
    return peer;
  }

  private hasRoom(id: PeerId): boolean {
    if (this.records >= limits.exchangesMax) return false;
    const { open = 0, records } = this.peers.get(id) ?? {};
    return open < limits.exchangesPerPeerMax && (records?.size ?? 0) < limits.duplicatesPerPeerMax;
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
      expiresAt: after(now, confirmable ? limits.exchangeLifetimeMs : limits.nonLifetimeMs),
      state: 'open',
      answer: undefined,
    };
  }

  private insert(peer: PeerRecords, received: ReceivedMessage): void {
    peer.records.set(keyOf(received), received);
    this.records++;
  }

  private nextExchange(): ExchangeId {
    return ++this.exchanges as ExchangeId;
  }

  private leaveOpen(received: ReceivedMessage): void {
    this.openExchanges.delete(received.exchange);
    const peer = this.peers.get(received.peer);
    if (peer !== undefined) peer.open--;
  }
}

function keyOf(message: { readonly messageId: number; readonly token: Uint8Array }): string {
  return `${message.messageId}:${toHex(message.token)}`;
}
