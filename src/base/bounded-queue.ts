import { assert } from './assert.ts';

/** A first-in first-out queue that refuses what exceeds its limit and counts what it refused. */
export class BoundedQueue<T> {
  readonly limit: number;
  refused = 0;
  private items: T[] = [];
  private head = 0;

  constructor(limit: number) {
    assert(limit > 0, 'a queue holds at least one item');
    this.limit = limit;
  }

  get length(): number {
    return this.items.length - this.head;
  }

  /** False when the queue is full: the item is not taken. */
  push(item: T): boolean {
    if (this.length >= this.limit) {
      this.refused++;
      return false;
    }
    this.items.push(item);
    return true;
  }

  peek(): T | undefined {
    return this.items[this.head];
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.items[this.head] as T;
    this.items[this.head] = undefined as T;
    this.head++;
    if (this.head > 32 && this.head * 2 > this.items.length) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
    return item;
  }

  /** Takes out every item that fits, in order. */
  removeWhere(fits: (item: T) => boolean): T[] {
    const waiting = this.items.slice(this.head);
    const removed = waiting.filter(fits);
    this.items = waiting.filter((item) => !fits(item));
    this.head = 0;
    return removed;
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let i = this.head; i < this.items.length; i++) yield this.items[i] as T;
  }
}
