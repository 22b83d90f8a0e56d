/** Counts every drop by its reason, for ever and over the last hour (in twelve slices of five minutes). */
import { type DropReason, dropReasons } from '../base/drop-reason.ts';
import { type Monotonic, minute } from '../base/instants.ts';
import { SlidingCount } from '../base/sliding-count.ts';

interface Count {
  total: number;
  readonly recent: SlidingCount;
}

export class Counters {
  private readonly counts = new Map<DropReason, Count>();

  count(reason: DropReason, now: Monotonic): void {
    let count = this.counts.get(reason);
    if (count === undefined) {
      count = { total: 0, recent: new SlidingCount(12, 5 * minute) };
      this.counts.set(reason, count);
    }
    count.total++;
    count.recent.add(now);
  }

  total(reason: DropReason): number {
    return this.counts.get(reason)?.total ?? 0;
  }

  /** In the order of the closed list, those that occurred. */
  list(now: Monotonic): readonly { reason: DropReason; lastHour: number; total: number }[] {
    return dropReasons.flatMap((reason) => {
      const count = this.counts.get(reason);
      return count === undefined ? [] : [{ reason, lastHour: count.recent.sum(now), total: count.total }];
    });
  }
}
