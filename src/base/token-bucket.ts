import type { Monotonic } from './instants.ts';

/** A rate limit: `ratePerSecond` on average, `burst` at once. */
export class TokenBucket {
  private readonly ratePerSecond: number;
  private readonly burst: number;
  private tokens: number;
  private filledAt: Monotonic;

  constructor(ratePerSecond: number, burst: number, now: Monotonic) {
    this.ratePerSecond = ratePerSecond;
    this.burst = burst;
    this.tokens = burst;
    this.filledAt = now;
  }

  /** Takes one token; false when there is none. */
  take(now: Monotonic): boolean {
    this.fill(now);
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }

  /** How long until there is a token; 0 when there is one. */
  waitMs(now: Monotonic): number {
    this.fill(now);
    return this.tokens >= 1 ? 0 : Math.ceil(((1 - this.tokens) * 1_000) / this.ratePerSecond);
  }

  /** Whether nothing has been taken for so long that forgetting this bucket changes nothing. */
  isFull(now: Monotonic): boolean {
    this.fill(now);
    return this.tokens >= this.burst;
  }

  private fill(now: Monotonic): void {
    const elapsedMs = now - this.filledAt;
    this.tokens = Math.min(this.burst, this.tokens + (elapsedMs * this.ratePerSecond) / 1_000);
    this.filledAt = now;
  }
}
