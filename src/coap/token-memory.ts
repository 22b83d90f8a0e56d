/** Tokens of requests that have ended: a response that comes too late is acknowledged and dropped, not taken for a riddle. */
import { after, type Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';

/** The oldest make room when there are more than `finishedTokensPerPeerMax`; each is forgotten after EXCHANGE_LIFETIME. */
export class TokenMemory {
  /** Made when it is needed: most peers have none. */
  private ended: Map<string, Monotonic> | undefined;

  get size(): number {
    return this.ended?.size ?? 0;
  }

  add(token: string, now: Monotonic): void {
    const ended = this.ended ?? new Map<string, Monotonic>();
    this.ended = ended;
    ended.delete(token);
    ended.set(token, now);
    for (const oldest of ended.keys()) {
      if (ended.size <= limits.finishedTokensPerPeerMax) return;
      ended.delete(oldest);
    }
  }

  has(token: string): boolean {
    return this.ended?.has(token) ?? false;
  }

  delete(token: string): void {
    this.ended?.delete(token);
  }

  forgetOld(now: Monotonic): void {
    for (const [token, at] of this.ended ?? []) {
      if (after(at, limits.exchangeLifetimeMs) > now) return;
      this.ended?.delete(token);
    }
  }
}
