/** Counts that only rise, over the last 24 hours: sampled once an hour, so the sum is of a day and up to an hour more. */
import { day, type Monotonic } from '../../base/instants.ts';

/** Null: not to be known. */
export type Counts<Name extends string> = Readonly<Record<Name, number | null>>;

export class LastDay<Name extends string> {
  private readonly read: () => Counts<Name>;
  private readonly first: Counts<Name>;
  private samples: { readonly at: Monotonic; readonly counts: Counts<Name> }[] = [];

  /** `first`: where they stood when counting begins. */
  constructor(read: () => Counts<Name>, first: Counts<Name>) {
    this.read = read;
    this.first = first;
  }

  /** To be called once an hour. */
  sample(now: Monotonic): void {
    this.samples.push({ at: now, counts: this.read() });
    const old = this.samples.findLastIndex(({ at }) => at + day <= now);
    if (old > 0) this.samples.splice(0, old);
  }

  /** What was added in the 24 hours before `now`. */
  sums(now: Monotonic): Counts<Name> {
    return this.since(this.samples.findLast(({ at }) => at + day <= now)?.counts ?? this.first);
  }

  /** What was added since counting began. */
  totals(): Counts<Name> {
    return this.since(this.first);
  }

  private since(before: Counts<Name>): Counts<Name> {
    const entries = Object.entries<number | null>(this.read()).map(([name, count]) => {
      const from = before[name as Name];
      return [name, count === null || from === null ? null : Math.max(0, count - from)];
    });
    return Object.fromEntries(entries) as Counts<Name>;
  }
}
