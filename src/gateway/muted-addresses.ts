/**
 * Addresses that are ignored for a while, because the gateway died several times of what came from there before anybody had proved
 * an identity. An address can be anybody's, and its next owner is not to suffer for it: so it is for a bounded time, and not kept
 * over restarts. Limits: `addressesMutedMax`, the oldest goes first.
 */
import { after, type Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';

export class MutedAddresses {
  /** Until when, by `listener|address`, in the order of their ends. */
  private readonly until = new Map<string, Monotonic>();

  get size(): number {
    return this.until.size;
  }

  mute(route: string, now: Monotonic): void {
    this.until.delete(route);
    this.until.set(route, after(now, limits.addressMutedMs));
    const [oldest] = this.until.keys();
    if (oldest !== undefined && this.until.size > limits.addressesMutedMax) this.until.delete(oldest);
  }

  has(route: string, now: Monotonic): boolean {
    const until = this.until.get(route);
    if (until === undefined) return false;
    if (until > now) return true;
    this.until.delete(route);
    return false;
  }
}
