/**
 * Whether what a device asks may be applied, when it needs a commit: the store takes commits, and the device has not used up
 * the bytes that it may have written a day. It is asked before anything is applied; what the step then writes is charged to
 * the peer whose message or registration led to it.
 */
import type { PeerId } from '../base/address.ts';
import type { DropReason } from '../base/drop-reason.ts';
import type { Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import { PeerBudgets } from '../commit/peer-budget.ts';
import type { Step } from './step.ts';

export interface NotAdmitted {
  readonly reason: DropReason;
  /** When it may be tried again. */
  readonly retryAfterSeconds: number;
}

export interface Writer {
  readonly peer: PeerId;
  /** Since the start. */
  readonly chargedBytes: number;
  /** Of its budget, and not back yet. */
  readonly usedBytes: number;
  readonly waitMs: number;
}

export class Admission {
  private readonly storeTakes: () => boolean;
  /** Undefined: as much as they like. */
  readonly peerBytesPerDay: number | undefined;
  private readonly budgets: PeerBudgets | undefined;

  /** `peerBytesPerDay` 0: devices have no budget. */
  constructor(storeTakes: () => boolean, peerBytesPerDay: number = limits.peerBytesPerDay) {
    this.storeTakes = storeTakes;
    this.peerBytesPerDay = peerBytesPerDay === 0 ? undefined : peerBytesPerDay;
    this.budgets = this.peerBytesPerDay === undefined ? undefined : new PeerBudgets(this.peerBytesPerDay);
  }

  /** Why nothing that needs a commit may be applied for this peer now; undefined when it may. */
  refusal(peer: PeerId, now: Monotonic): NotAdmitted | undefined {
    if (!this.storeTakes()) return storeUnavailable;
    const waitMs = this.budgets?.waitMs(peer, now) ?? 0;
    if (waitMs === 0) return undefined;
    const retryAfterSeconds = Math.min(Math.ceil(waitMs / 1_000), limits.peerBudgetRetrySecondsMax);
    return { reason: 'write-budget-spent', retryAfterSeconds };
  }

  /** What the step has written goes to the account of those who caused it. */
  charge({ charges, now }: Step): void {
    for (const { peer, bytes } of charges) this.budgets?.charge(peer, bytes, now.monotonic);
  }

  /** For whom most was written since the start, the most first, at most `limit`. */
  writers(limit: number, now: Monotonic): readonly Writer[] {
    const { budgets } = this;
    if (budgets === undefined) return [];
    return budgets.mostCharged(limit).map(({ peer, chargedBytes }) => ({
      peer,
      chargedBytes,
      usedBytes: Math.round(budgets.usedBytes(peer, now)),
      waitMs: budgets.waitMs(peer, now),
    }));
  }

  /** Peers that may write nothing now. */
  spent(now: Monotonic): readonly PeerId[] {
    return this.budgets?.spent(now) ?? [];
  }
}

export const storeUnavailable: NotAdmitted = { reason: 'store-unavailable', retryAfterSeconds: 30 };
