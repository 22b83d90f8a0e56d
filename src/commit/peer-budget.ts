/**
 * How much each peer may make the store write: a budget of bytes a day each, so that one device cannot wear the card. It counts
 * the keys and values of the `before-ack` commits that the peer causes; what is written soon is coalesced, and how many commits
 * there are is the wear governor's business.
 *
 * A peer begins with a whole day's bytes (a device that was out of reach may have a day's readings to tell), and they come back
 * evenly over the day. What a step writes is known only when it is made: so it is charged afterwards, and a peer that has
 * nothing left waits until it has.
 *
 * Limits: `peerBudgetsMax`. Who was charged longest ago makes room: he has the most of his bytes back.
 */
import type { PeerId } from '../base/address.ts';
import type { Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import { ByteBudget } from './byte-budget.ts';

export class PeerBudgets {
  private readonly bytesPerDay: number;
  /** In the order in which they were last charged. */
  private readonly budgets = new Map<PeerId, ByteBudget>();
  /** Those that had nothing left when they were last looked at. */
  private readonly spentPeers = new Set<PeerId>();

  constructor(bytesPerDay: number) {
    this.bytesPerDay = bytesPerDay;
  }

  /** The peer has caused so many bytes to be written. */
  charge(peer: PeerId, bytes: number, now: Monotonic): void {
    const budget = this.budgets.get(peer) ?? this.full(now);
    this.budgets.delete(peer);
    this.budgets.set(peer, budget);
    budget.spend(bytes, now);
    if (budget.waitMs(now) > 0) this.spentPeers.add(peer);
  }

  /** Milliseconds until the peer may cause a write; 0 when it may. */
  waitMs(peer: PeerId, now: Monotonic): number {
    if (!this.spentPeers.has(peer)) return 0;
    const waitMs = this.budgets.get(peer)?.waitMs(now) ?? 0;
    if (waitMs === 0) this.spentPeers.delete(peer);
    return waitMs;
  }

  /** Those that may cause no write now. */
  spent(now: Monotonic): readonly PeerId[] {
    return [...this.spentPeers].filter((peer) => this.waitMs(peer, now) > 0);
  }

  /** How much of its bytes each peer has used and not back yet, the most first. */
  used(now: Monotonic): readonly { readonly peer: PeerId; readonly bytes: number }[] {
    const all = Array.from(this.budgets, ([peer, budget]) => ({ peer, bytes: this.bytesPerDay - budget.left(now) }));
    return all.filter(({ bytes }) => bytes > 0).sort((a, b) => b.bytes - a.bytes);
  }

  private full(now: Monotonic): ByteBudget {
    const [longestAgo] = this.budgets.keys();
    if (longestAgo !== undefined && this.budgets.size >= limits.peerBudgetsMax) {
      this.budgets.delete(longestAgo);
      this.spentPeers.delete(longestAgo);
    }
    return new ByteBudget(this.bytesPerDay, this.bytesPerDay, this.bytesPerDay, now);
  }
}
