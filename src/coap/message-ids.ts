/**
 * The message IDs of one peer (RFC 7252 section 4.4). The top 3 bits are the range, which changes with every start of the
 * gateway, so that no ID of the last start is met; the 8,192 IDs of a range are taken in turn, from a random one on.
 *
 * Limits: no ID is used twice within EXCHANGE_LIFETIME. The time of use is kept for groups of IDs: a group is entered again
 * only when all of it is old enough; until then the peer is out of IDs.
 */
import { assert } from '../base/assert.ts';
import { type Entropy, randomFraction } from '../base/entropy.ts';
import { after, type Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';

const groupIds = 64;

export class MessageIds {
  private readonly entropy: Entropy;
  private readonly lastUse = new Map<number, Monotonic>();
  private range: number | undefined;
  private next = 0;

  constructor(entropy: Entropy) {
    this.entropy = entropy;
  }

  /** An ID of the range (0 to 7), or undefined when all that come next are too young. */
  take(range: number, now: Monotonic): number | undefined {
    if (this.range !== range) this.enter(range);
    if (this.availableAt(now) > now) return undefined;
    const id = this.next;
    this.lastUse.set(group(id), now);
    this.next = first(range) + ((id + 1 - first(range)) % limits.messageIdsPerRange);
    return id;
  }

  /** An ID that was taken earlier is used only now. */
  usedAgain(id: number, now: Monotonic): void {
    this.lastUse.set(group(id), now);
  }

  /** When the next ID may be used: `now` or later. */
  availableAt(now: Monotonic): Monotonic {
    const used = this.next % groupIds === 0 ? this.lastUse.get(group(this.next)) : undefined;
    if (used === undefined) return now;
    const old = after(used, limits.exchangeLifetimeMs);
    return old > now ? old : now;
  }

  /** True when no ID was used within EXCHANGE_LIFETIME: this record may be forgotten. */
  isIdle(now: Monotonic): boolean {
    for (const used of this.lastUse.values()) if (after(used, limits.exchangeLifetimeMs) > now) return false;
    return true;
  }

  private enter(range: number): void {
    assert(range >= 0 && range < 8, 'a range is 3 bits');
    this.range = range;
    const groups = limits.messageIdsPerRange / groupIds;
    this.next = first(range) + Math.floor(randomFraction(this.entropy) * groups) * groupIds;
  }
}

function first(range: number): number {
  return range * limits.messageIdsPerRange;
}

function group(id: number): number {
  return Math.floor(id / groupIds);
}
