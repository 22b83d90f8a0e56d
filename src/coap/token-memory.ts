/** Tokens of requests that have ended: a response that comes too late is acknowledged and dropped, not taken for a riddle. */
import { after, type Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';

/** The oldest make room when there are more than `finishedTokensPerPeerMax`; each is forgotten after EXCHANGE_LIFETIME. */
export class TokenMemory {
  private readonly ended = new Map<string, Monotonic>();

  get size(): number {
    return this.ended.size;
  }

  add(token: string, now: Monotonic): void {
    this.ended.delete(token);
    this.ended.set(token, now);
    for (const oldest of this.ended.keys()) {
      if (this.ended.size <= limits.finishedTokensPerPeerMax) return;
      this.ended.delete(oldest);
    }
  }

  has(token: string): boolean {
    return this.ended.has(token);
  }

  delete(token: string): void {
    this.ended.delete(token);
  }

  forgetOld(now: Monotonic): void {
    for (const [token, at] of this.ended) {
      if (after(at, limits.exchangeLifetimeMs) > now) return;
      this.ended.delete(token);
    }
  }
}
