/**
 * What waits to be written, the newest write of each key and class. A batch takes all of a class; what it took can be put back
 * under what came since.
 */
import { assert } from '../base/assert.ts';
import type { Monotonic } from '../base/instants.ts';
import { bytesOfWrite, type Commit, type CommitId, type Write } from './commit.ts';

/** The `before-ack` commits that wait. */
export class WaitingGroup {
  /** The newest commit among them. */
  upTo: CommitId | undefined;
  /** Since when the oldest waits. */
  since: Monotonic | undefined;
  commits = 0;
  private readonly newest = new Map<string, Write>();

  get writes(): Write[] {
    return [...this.newest.values()];
  }

  add({ id, writes }: Commit, now: Monotonic): void {
    this.upTo = id;
    this.since ??= now;
    this.commits++;
    for (const write of writes) this.newest.set(write.key, write);
  }

  /**
   * What was taken and refused, with everything here laid over it. It may be there all the same, so its keys are not new any more,
   * and nothing of it is brief.
   */
  over(older: WaitingGroup): WaitingGroup {
    assert(
      older.upTo === undefined || this.upTo === undefined || older.upTo < this.upTo,
      'newer writes have newer ids',
    );
    older.upTo = this.upTo ?? older.upTo;
    older.since ??= this.since;
    older.commits += this.commits;
    for (const { key, value } of older.newest.values()) older.newest.set(key, { key, value });
    for (const write of this.newest.values()) older.newest.set(write.key, write);
    return older;
  }
}

/** The `soon` values that wait. */
export class WaitingSoon {
  /** In the order in which the keys became dirty: a newer value keeps its key's place. */
  private readonly newest = new Map<string, { readonly write: Write; readonly since: Monotonic }>();
  private size = 0;

  get writes(): Write[] {
    return Array.from(this.newest.values(), ({ write }) => write);
  }

  /** Since when the oldest value waits. */
  get since(): Monotonic | undefined {
    for (const { since } of this.newest.values()) return since;
    return undefined;
  }

  /** Keys and values that wait, in bytes. */
  get bytes(): number {
    return this.size;
  }

  add({ writes }: Commit, now: Monotonic): void {
    for (const write of writes) this.set(write, now);
  }

  /** A `before-ack` value of the key has come: it says what this one said. */
  replaced(key: string): void {
    const known = this.newest.get(key);
    if (known === undefined) return;
    this.size -= bytesOfWrite(known.write);
    this.newest.delete(key);
  }

  /** What was taken and not written, with everything here laid over it. */
  over(older: WaitingSoon): WaitingSoon {
    for (const { write, since } of this.newest.values()) older.set(write, since);
    return older;
  }

  private set(write: Write, now: Monotonic): void {
    const known = this.newest.get(write.key);
    this.size += bytesOfWrite(write) - (known === undefined ? 0 : bytesOfWrite(known.write));
    this.newest.set(write.key, { write, since: known?.since ?? now });
  }
}
