/**
 * Whom the gateway talks to. A peer is an authenticated identity on a listener, or with plain UDP an address on a listener;
 * it outlives its DTLS associations. What a peer means (which device it is) is the registrations' business.
 *
 * Limits: one token bucket of messages a peer, and `peersMax`: without DTLS whoever writes his own source addresses makes as many
 * peers as he likes.
 */
import type { Address, ListenerName, PeerId } from '../base/address.ts';
import type { Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import { TokenBucket } from '../base/token-bucket.ts';
import type { Step } from './step.ts';

export interface Peer {
  readonly id: PeerId;
  readonly listener: ListenerName;
  /** Undefined for plain UDP. */
  readonly identity: string | undefined;
  /** Where the last message came from; undefined until it speaks in this start. */
  lastAddress: Address | undefined;
  /** Undefined until it speaks in this start. */
  lastHeardAt: Monotonic | undefined;
  /** How long before its last message the one before it came, over the same association; 0 when that was another. */
  idleMs: number;
  /** The serial of the association over which the last message came. */
  association: number;
  /** An exchange with a token of ours was answered in this start: what comes now is no replay. */
  verified: boolean;
  readonly bucket: TokenBucket;
}

export interface PeerRate {
  readonly peerMessagesPerSecond: number;
  readonly peerMessagesBurst: number;
}

const plainPrefix = 'udp:';

export function plainPeerId(listener: ListenerName, address: Address): PeerId {
  return `${listener}|${plainPrefix}${address}` as PeerId;
}

/** The listener and address of a peer without DTLS. A peer of a listener with DTLS may call itself the same: look at the listener. */
export function plainPeerOf(id: PeerId): { readonly listener: ListenerName; readonly address: Address } | undefined {
  const at = id.indexOf(`|${plainPrefix}`);
  if (at < 0) return undefined;
  return { listener: id.slice(0, at) as ListenerName, address: id.slice(at + 1 + plainPrefix.length) as Address };
}

export class Peers {
  heardFrom = 0;
  private readonly peers = new Map<PeerId, Peer>();
  private readonly isRegistered: (id: PeerId) => boolean;
  private readonly rate: PeerRate;

  constructor(isRegistered: (id: PeerId) => boolean, rate: PeerRate = limits) {
    this.isRegistered = isRegistered;
    this.rate = rate;
  }

  get(id: PeerId): Peer | undefined {
    return this.peers.get(id);
  }

  /** The peer of this id, made when it is new. */
  made(id: PeerId, listener: ListenerName, identity: string | undefined, now: Monotonic): Peer {
    const found = this.peers.get(id);
    if (found !== undefined) return found;
    if (this.peers.size >= limits.peersMax) this.makeRoom();
    const made: Peer = {
      id,
      listener,
      identity,
      lastAddress: undefined,
      lastHeardAt: undefined,
      idleMs: 0,
      association: 0,
      verified: false,
      bucket: new TokenBucket(this.rate.peerMessagesPerSecond, this.rate.peerMessagesBurst, now),
    };
    this.peers.set(id, made);
    return made;
  }

  /** A message came. False when the peer exceeds its rate. */
  heard(peer: Peer, from: Address, association: number, now: Monotonic): boolean {
    if (!peer.bucket.take(now)) return false;
    if (peer.lastHeardAt === undefined) this.heardFrom++;
    peer.idleMs = association === peer.association && peer.lastHeardAt !== undefined ? now - peer.lastHeardAt : 0;
    peer.lastHeardAt = now;
    peer.lastAddress = from;
    peer.association = association;
    return true;
  }

  /** What is done for a peer, also after a commit, is its input's doing. Without DTLS anyone may have that address. */
  takeInHand(id: PeerId, step: Step): void {
    if (this.peers.get(id)?.identity !== undefined) step.nowInHand('peer', id);
  }

  forget(id: PeerId): void {
    this.peers.delete(id);
  }

  /** Forgets the oldest of those without identity and registration, many at once: looking for them costs a walk. */
  private makeRoom(): void {
    const wanted = this.peers.size - limits.peersMax + limits.peersMax / 100;
    let forgotten = 0;
    for (const { id, identity } of this.peers.values()) {
      if (forgotten >= wanted) return;
      if (identity !== undefined || this.isRegistered(id)) continue;
      this.peers.delete(id);
      forgotten++;
    }
  }
}
