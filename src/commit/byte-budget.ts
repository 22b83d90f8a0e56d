/**
 * Bytes that may be written a day, as a token bucket: they come back evenly over the day, and up to `burst` of them are saved
 * for when much comes at once. What is written is known only afterwards, so the level may fall below nothing; it never
 * falls deeper than one burst, or a single bad day would be paid for over weeks.
 */
import { assert } from '../base/assert.ts';
import { day, type Monotonic } from '../base/instants.ts';

export class ByteBudget {
  private readonly bytesPerMs: number;
  private readonly burst: number;
  private bytesLeft: number;
  private filledAt: Monotonic;

  /** `burst` and `bytesLeft` (what it begins with) in bytes. */
  constructor(bytesPerDay: number, burst: number, bytesLeft: number, now: Monotonic) {
    assert(bytesPerDay > 0 && burst > 0, 'a budget is of at least one byte');
    this.bytesPerMs = bytesPerDay / day;
    this.burst = burst;
    this.bytesLeft = bytesLeft;
    this.filledAt = now;
  }

  spend(bytes: number, now: Monotonic): void {
    assert(bytes >= 0, 'bytes are not taken back');
    this.bytesLeft = Math.max(-this.burst, this.left(now) - bytes);
  }

  /** Bytes that may be written now; negative when more than that was written. */
  left(now: Monotonic): number {
    this.bytesLeft = Math.min(this.burst, this.bytesLeft + (now - this.filledAt) * this.bytesPerMs);
    this.filledAt = now;
    return this.bytesLeft;
  }

  /** Milliseconds until something is left; 0 when something is. */
  waitMs(now: Monotonic): number {
    return Math.max(0, -this.left(now) / this.bytesPerMs);
  }
}
