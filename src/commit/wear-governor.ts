/**
 * Holds what the store writes to a budget of bytes a day, by making commits wait for each other longer.
 *
 * **The lever** is the spacing of `before-ack` commits. A group costs at least a whole frame of the journal, 4 KB, however
 * little is in it: fewer and fuller groups save that. From 500 ms to 1,000 ms it is up to 354 MB a day. It is no lever where
 * commits are more than a spacing apart, or where a group fills its frames. The window of `soon` is left alone: what is in it
 * must be durable within the lifetime of an exchange (a repetition received without an effect would otherwise be taken
 * again after a cut), and up to there a wider one saves no more than 20 MB a day of hand-overs.
 *
 * **The law.** A budget of a day's bytes that come back evenly, with six hours' worth saved for bursts (`ByteBudget`). While
 * at least half of that is left the spacing is the configured one; from there it grows in proportion to what is missing, to
 * the widest when nothing is left. Spacing follows the level alone and the level is the sum of what was written: so it is
 * smooth, monotone and without hysteresis, and under a steady load it comes to rest at the spacing that writes the budget.
 * Where even the widest spacing writes more, nothing is left, and the state says so: acknowledgements never wait
 * longer than `limits.commitLatestMs`, and nothing is dropped for the sake of the card (`peer-budget.ts` sees to a device
 * that writes too much).
 *
 * **A restart** begins with half the saved bytes, just enough not to widen. What was written earlier is not kept: without a
 * trusted clock nobody knows how long the outage was, a record of it would be one more thing to write, and what a restart
 * gives away is three hours' worth, once.
 */
import { assert } from '../base/assert.ts';
import type { Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import { ByteBudget } from './byte-budget.ts';

export interface WearGovernorOptions {
  /** Undefined: without a budget, the spacing is always the configured one. */
  readonly bytesPerDay: number | undefined;
  readonly spacingMs: number;
  /** Not narrower than `spacingMs`. */
  readonly spacingWidestMs: number;
}

/** `widened`: commits wait longer to keep the budget. `over`: they wait as long as they may, and still too much is written. */
export type WearState = 'within' | 'widened' | 'over';

export class WearGovernor {
  private readonly options: WearGovernorOptions;
  private readonly saved: number;
  private readonly budget: ByteBudget | undefined;
  private bytesNoted: number | undefined;

  constructor(options: WearGovernorOptions, now: Monotonic) {
    const { bytesPerDay, spacingMs, spacingWidestMs } = options;
    assert(spacingMs <= spacingWidestMs, 'the widest spacing is not narrower than the configured one');
    this.options = options;
    this.saved = (bytesPerDay ?? 0) * limits.wearBurstOfDay;
    this.budget = bytesPerDay === undefined ? undefined : new ByteBudget(bytesPerDay, this.saved, this.saved / 2, now);
  }

  /** Takes what was written up to now, as a count that only rises. The first one says where it begins. */
  note(bytesTotal: number, now: Monotonic): void {
    this.budget?.spend(bytesTotal - (this.bytesNoted ?? bytesTotal), now);
    this.bytesNoted = bytesTotal;
  }

  /** The spacing to keep from now on, in milliseconds. */
  spacingMs(now: Monotonic): number {
    const { spacingMs, spacingWidestMs } = this.options;
    return Math.round(spacingMs + (spacingWidestMs - spacingMs) * this.scarcity(now));
  }

  state(now: Monotonic): WearState {
    const scarcity = this.scarcity(now);
    if (scarcity === 1) return 'over';
    return this.spacingMs(now) > this.options.spacingMs ? 'widened' : 'within';
  }

  /** 0 while half of what is saved is left, 1 when nothing is. */
  private scarcity(now: Monotonic): number {
    if (this.budget === undefined) return 0;
    return Math.min(1, Math.max(0, 1 - this.budget.left(now) / (this.saved / 2)));
  }
}
