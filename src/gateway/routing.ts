/**
 * From datagrams to messages of peers, and back: rate limits of hosts and peers, DTLS where a listener has it, plain CoAP only
 * where it was configured.
 */
import type { Address, ListenerName, PeerId } from '../base/address.ts';
import { limits } from '../base/limits.ts';
import type { Purpose } from '../dtls/dtls-endpoint.ts';
import { isOfHandshake } from '../dtls/record.ts';
import type { Connections } from './connections.ts';
import type { Counters } from './counters.ts';
import type { ListenerConfiguration } from './gateway-options.ts';
import type { LateReading } from './late-reading.ts';
import { type MutedDevices, routeOf } from './muted-devices.ts';
import { type Peer, type Peers, plainPeerId, plainPeerOf } from './peers.ts';
import { SourceLimits, type SourceRate } from './source-limits.ts';
import type { Step } from './step.ts';

/** A CoAP message of a peer. */
export interface PeerMessage {
  readonly peer: Peer;
  /** The association it came over; undefined for plain UDP. */
  readonly association: string | undefined;
  readonly serial: number;
  readonly bytes: Uint8Array;
}

export interface ArrivedDatagram {
  readonly listener: ListenerName;
  readonly from: Address;
  readonly bytes: Uint8Array;
}

export class Routing {
  private readonly listeners: ReadonlyMap<ListenerName, ListenerConfiguration>;
  private readonly sources: SourceLimits;
  private readonly connections: Connections;
  private readonly peers: Peers;
  private readonly counters: Counters;
  private readonly muted: MutedDevices;
  private readonly reading: LateReading;
  private waiting: ArrivedDatagram[] = [];

  constructor(o: {
    listeners: readonly ListenerConfiguration[];
    connections: Connections;
    peers: Peers;
    counters: Counters;
    muted: MutedDevices;
    reading: LateReading;
    sourceRate?: SourceRate;
  }) {
    this.sources = new SourceLimits(o.sourceRate);
    this.listeners = new Map(o.listeners.map((listener) => [listener.name, listener]));
    this.connections = o.connections;
    this.peers = o.peers;
    this.counters = o.counters;
    this.muted = o.muted;
    this.reading = o.reading;
  }

  receive(listener: ListenerName, from: Address, datagram: Uint8Array, step: Step): readonly PeerMessage[] {
    const now = step.now.monotonic;
    const configured = this.listeners.get(listener);
    if (configured === undefined) return this.drop('unknown-listener', step);
    if (datagram.length > limits.datagramBytesMax) return this.drop('datagram-too-long', step);
    if (this.muted.hasRoute(listener, from, now)) return this.drop('muted', step);
    step.nowInHand('address', routeOf(listener, from));
    if (!this.sources.take(from, now)) return this.drop('rate-limit-source', step);
    if (configured.security === 'none') {
      const peer = this.peers.made(plainPeerId(listener, from), listener, undefined, now);
      if (!this.peers.heard(peer, from, 0, now)) return this.drop('rate-limit-peer', step);
      return [{ peer, association: undefined, serial: 0, bytes: datagram }];
    }
    if (!this.reading.isThrough && isOfHandshake(datagram)) return this.keep({ listener, from, bytes: datagram }, step);
    const messages: PeerMessage[] = [];
    for (const { peer: id, identity, association, serial, bytes } of this.connections.receive(
      listener,
      from,
      datagram,
      step,
    )) {
      if (this.muted.hasIdentity(identity)) {
        this.counters.count('muted', now);
        continue;
      }
      const peer = this.peers.made(id, listener, identity, now);
      if (this.peers.heard(peer, from, serial, now)) messages.push({ peer, association, serial, bytes });
      else this.counters.count('rate-limit-peer', now);
    }
    return messages;
  }

  /** Handshakes that began before everything was read, which they need. */
  takeWaiting(): readonly ArrivedDatagram[] {
    const { waiting } = this;
    this.waiting = [];
    return waiting;
  }

  send(peerId: PeerId, bytes: Uint8Array, purpose: Purpose, step: Step): void {
    // Who has no DTLS is known by its address, also before it speaks in this start.
    const plain = plainPeerOf(peerId);
    const isPlain = plain !== undefined && this.listeners.get(plain.listener)?.security === 'none';
    if (!isPlain) return this.connections.seal(peerId, bytes, purpose, step);
    const { listener, address } = plain;
    if (!this.muted.hasRoute(listener, address, step.now.monotonic)) step.send.push({ listener, to: address, bytes });
  }

  private keep(datagram: ArrivedDatagram, step: Step): readonly PeerMessage[] {
    if (this.waiting.length >= limits.datagramsUnreadMax) return this.drop('records-unread', step);
    this.waiting.push(datagram);
    return [];
  }

  private drop(reason: Parameters<Counters['count']>[0], step: Step): readonly PeerMessage[] {
    this.counters.count(reason, step.now.monotonic);
    return [];
  }
}
