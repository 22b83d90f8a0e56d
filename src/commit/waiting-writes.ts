/**
 * What waits to be written, the newest value per key and class. A batch takes either all `before-ack` values or everything;
 * what it took can be put back under what came since.
 */
import { assert } from '../base/assert.ts';
import type { Monotonic } from '../base/instants.ts';
import type { Commit, CommitId, Write } from './commit.ts';

type Value = Uint8Array | undefined;

export class WaitingWrites {
  /** The newest `before-ack` commit that waits. */
  upTo: CommitId | undefined;
  /** Since when the oldest `before-ack` commit waits. */
  since: Monotonic | undefined;
  /** How many `before-ack` commits wait. */
  commits = 0;
  private beforeAck = new Map<string, Value>();
  /** In the order in which the keys became dirty: a newer value keeps its key's place. */
  private soon = new Map<string, { readonly value: Value; readonly since: Monotonic }>();
  private soonSize = 0;

  get isEmpty(): boolean {
    return this.upTo === undefined && this.soon.size === 0;
  }

  /** Since when the oldest `soon` value waits. */
  get soonSince(): Monotonic | undefined {
    for (const { since } of this.soon.values()) return since;
    return undefined;
  }

  /** Keys and values of class `soon` that wait, in bytes. */
  get soonBytes(): number {
    return this.soonSize;
  }

  addBeforeAck(commit: Commit, now: Monotonic): void {
    this.upTo = commit.id;
    this.since ??= now;
    this.commits++;
    for (const { key, value } of commit.writes) {
      this.beforeAck.set(key, value);
      this.removeSoon(key);
    }
  }

  addSoon(commit: Commit, now: Monotonic): void {
    for (const { key, value } of commit.writes) this.setSoon(key, value, this.soon.get(key)?.since ?? now);
  }

  /** One write per key: the `before-ack` values, or with `soonIncluded` the newest of both classes. */
  writes(soonIncluded: boolean): Write[] {
    const newest = new Map<string, Value>(this.beforeAck);
    if (soonIncluded) for (const [key, { value }] of this.soon) newest.set(key, value);
    return Array.from(newest, ([key, value]) => ({ key, value }));
  }

  /** Moves what a batch takes into an object of its own. */
  take(soonIncluded: boolean): WaitingWrites {
    const taken = new WaitingWrites();
    [taken.upTo, taken.since, taken.commits, taken.beforeAck] = [this.upTo, this.since, this.commits, this.beforeAck];
    [this.upTo, this.since, this.commits, this.beforeAck] = [undefined, undefined, 0, new Map()];
    if (!soonIncluded) return taken;
    [taken.soon, taken.soonSize] = [this.soon, this.soonSize];
    [this.soon, this.soonSize] = [new Map(), 0];
    return taken;
  }

  /** What was taken and not written, with everything here laid over it. A newer `before-ack` value ends an older `soon` one. */
  over(older: WaitingWrites): WaitingWrites {
    assert(
      older.upTo === undefined || this.upTo === undefined || older.upTo < this.upTo,
      'newer writes have newer ids',
    );
    older.upTo = this.upTo ?? older.upTo;
    older.since ??= this.since;
    older.commits += this.commits;
    for (const [key, value] of this.beforeAck) {
      older.beforeAck.set(key, value);
      older.removeSoon(key);
    }
    for (const [key, { value, since }] of this.soon) older.setSoon(key, value, older.soon.get(key)?.since ?? since);
    return older;
  }

  private setSoon(key: string, value: Value, since: Monotonic): void {
    this.soonSize += byteLength(key, value) - this.sizeOfSoon(key);
    this.soon.set(key, { value, since });
  }

  private removeSoon(key: string): void {
    this.soonSize -= this.sizeOfSoon(key);
    this.soon.delete(key);
  }

  private sizeOfSoon(key: string): number {
    const entry = this.soon.get(key);
    return entry === undefined ? 0 : byteLength(key, entry.value);
  }
}

function byteLength(key: string, value: Value): number {
  return key.length + (value?.length ?? 0);
}
