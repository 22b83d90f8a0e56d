/**
 * How much each peer may make the store write: a budget of bytes a day each, so that one device cannot wear the card; and how
 * much each has made it write since the start, so that it can be told who wears it. It counts the keys and values of the
 * `before-ack` commits that the peer causes; what is written soon is coalesced, and how many commits there are is the wear
 * governor's business.
 *
 * A peer begins with a whole day's bytes (a device that was out of reach may have a day's readings to tell), and they come back
 * evenly over the day. What a step writes is known only when it is made: so it is charged afterwards, and a peer that has
 * nothing left waits until it has.
 *
 * Limits: `peerBudgetsMax`. Of the `peerBudgetsWeighedMax` who were charged longest ago the least charged makes room: they have
 * the most of their bytes back, and who wears the card is not forgotten for one who does not.
 */
import type { PeerId } from '../base/address.ts';
import type { Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import { ByteBudget } from './byte-budget.ts';

interface Account {
  readonly budget: ByteBudget;
  /** When it was put behind all others. */
  placedAt: Monotonic;
  chargedBytes: number;
}

export class PeerBudgets {
  private readonly bytesPerDay: number;
  /** In the order in which they were last charged, to a second. */
  private readonly accounts = new Map<PeerId, Account>();
  /** Those that had nothing left when they were last looked at. */
  private readonly spentPeers = new Set<PeerId>();

  constructor(bytesPerDay: number) {
    this.bytesPerDay = bytesPerDay;
  }

  /** The peer has caused so many bytes to be written. */
  charge(peer: PeerId, bytes: number, now: Monotonic): void {
    const account = this.accounts.get(peer) ?? this.opened(now);
    if (now - account.placedAt >= limits.peerBudgetPlacedMs) {
      this.accounts.delete(peer);
      this.accounts.set(peer, account);
      account.placedAt = now;
    }
    account.chargedBytes += bytes;
    account.budget.spend(bytes, now);
    if (account.budget.waitMs(now) > 0) this.spentPeers.add(peer);
  }

  /** Milliseconds until the peer may cause a write; 0 when it may. */
  waitMs(peer: PeerId, now: Monotonic): number {
    if (!this.spentPeers.has(peer)) return 0;
    const waitMs = this.accounts.get(peer)?.budget.waitMs(now) ?? 0;
    if (waitMs === 0) this.spentPeers.delete(peer);
    return waitMs;
  }

  /** Those that may cause no write now. */
  spent(now: Monotonic): readonly PeerId[] {
    return [...this.spentPeers].filter((peer) => this.waitMs(peer, now) > 0);
  }

  /** Those who caused most bytes to be written since the start, the most first, at most `limit`. */
  mostCharged(limit: number): readonly { readonly peer: PeerId; readonly chargedBytes: number }[] {
    const all = Array.from(this.accounts, ([peer, { chargedBytes }]) => ({ peer, chargedBytes }));
    return all.sort((a, b) => b.chargedBytes - a.chargedBytes).slice(0, limit);
  }

  /** How much of its bytes the peer has used and not back yet. */
  usedBytes(peer: PeerId, now: Monotonic): number {
    const account = this.accounts.get(peer);
    return account === undefined ? 0 : this.bytesPerDay - account.budget.left(now);
  }

  private opened(now: Monotonic): Account {
    if (this.accounts.size >= limits.peerBudgetsMax) this.makeRoom();
    const budget = new ByteBudget(this.bytesPerDay, this.bytesPerDay, this.bytesPerDay, now);
    return { budget, placedAt: Number.NEGATIVE_INFINITY as Monotonic, chargedBytes: 0 };
  }

  /** Looks at a few only: it is asked for with every newcomer, and anybody may send many. */
  private makeRoom(): void {
    let least: readonly [PeerId, Account] | undefined;
    let weighed = 0;
    for (const each of this.accounts) {
      if (least === undefined || each[1].chargedBytes < least[1].chargedBytes) least = each;
      if (++weighed === limits.peerBudgetsWeighedMax) break;
    }
    if (least === undefined) return;
    this.accounts.delete(least[0]);
    this.spentPeers.delete(least[0]);
  }
}
