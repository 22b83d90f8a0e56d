import { assert } from './assert.ts';
import type { Monotonic } from './instants.ts';

interface Entry<Key> {
  readonly key: Key;
  readonly at: Monotonic;
  readonly order: number;
  cancelled: boolean;
}

/**
 * One ordered structure of deadlines instead of a timer per message: a binary heap with at most one deadline a key. Equal
 * instants come out in the order in which they were set, so a run is reproducible.
 */
export class Deadlines<Key> {
  private readonly heap: Entry<Key>[] = [];
  private readonly byKey = new Map<Key, Entry<Key>>();
  private orders = 0;

  get size(): number {
    return this.byKey.size;
  }

  at(key: Key): Monotonic | undefined {
    return this.byKey.get(key)?.at;
  }

  /** Sets or moves the deadline of a key. */
  set(key: Key, at: Monotonic): void {
    assert(Number.isFinite(at), 'a deadline is an instant');
    this.cancel(key);
    const entry: Entry<Key> = { key, at, order: this.orders++, cancelled: false };
    this.byKey.set(key, entry);
    this.heap.push(entry);
    this.up(this.heap.length - 1);
  }

  cancel(key: Key): void {
    const entry = this.byKey.get(key);
    if (entry === undefined) return;
    entry.cancelled = true;
    this.byKey.delete(key);
    if (this.heap.length > 64 && this.heap.length > 4 * this.byKey.size) this.compact();
  }

  next(): { readonly key: Key; readonly at: Monotonic } | undefined {
    while (this.heap[0]?.cancelled) this.dropFirst();
    return this.heap[0];
  }

  /** Takes out the first key whose deadline has come, if any. */
  takeDue(now: Monotonic): Key | undefined {
    const first = this.next();
    if (first === undefined || first.at > now) return undefined;
    this.byKey.delete(first.key);
    this.dropFirst();
    return first.key;
  }

  /** Takes out every key whose deadline has come, also those that are set while the others are worked on. */
  *due(now: Monotonic): IterableIterator<Key> {
    for (let key = this.takeDue(now); key !== undefined; key = this.takeDue(now)) yield key;
  }

  private dropFirst(): void {
    const last = this.heap.pop() as Entry<Key>;
    if (this.heap.length === 0) return;
    this.heap[0] = last;
    this.down(0);
  }

  private compact(): void {
    const live = this.heap.filter((entry) => !entry.cancelled).sort(before);
    this.heap.length = 0;
    for (const entry of live) this.heap.push(entry);
  }

  private up(index: number): void {
    let child = index;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (before(this.heap[parent] as Entry<Key>, this.heap[child] as Entry<Key>) <= 0) return;
      this.swap(parent, child);
      child = parent;
    }
  }

  private down(index: number): void {
    let parent = index;
    for (;;) {
      const left = 2 * parent + 1;
      if (left >= this.heap.length) return;
      const right = left + 1;
      const rightFirst =
        right < this.heap.length && before(this.heap[right] as Entry<Key>, this.heap[left] as Entry<Key>) < 0;
      const child = rightFirst ? right : left;
      if (before(this.heap[parent] as Entry<Key>, this.heap[child] as Entry<Key>) <= 0) return;
      this.swap(parent, child);
      parent = child;
    }
  }

  private swap(a: number, b: number): void {
    const entry = this.heap[a] as Entry<Key>;
    this.heap[a] = this.heap[b] as Entry<Key>;
    this.heap[b] = entry;
  }
}

function before(a: Entry<unknown>, b: Entry<unknown>): number {
  return a.at - b.at || a.order - b.order;
}
