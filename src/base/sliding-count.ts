import type { Monotonic } from './instants.ts';

/** Counts what happened within the last while, in slices: cheap, bounded, and exact to one slice. */
export class SlidingCount {
  private readonly counts: number[];
  private readonly sliceMs: number;
  private slice = 0;

  constructor(slices: number, sliceMs: number) {
    this.counts = new Array<number>(slices).fill(0);
    this.sliceMs = sliceMs;
  }

  add(now: Monotonic): void {
    this.turnTo(now);
    const at = this.slice % this.counts.length;
    this.counts[at] = (this.counts[at] ?? 0) + 1;
  }

  sum(now: Monotonic): number {
    this.turnTo(now);
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  private turnTo(now: Monotonic): void {
    const slice = Math.floor(now / this.sliceMs);
    const passed = Math.min(slice - this.slice, this.counts.length);
    for (let i = 1; i <= passed; i++) this.counts[(this.slice + i) % this.counts.length] = 0;
    if (passed > 0) this.slice = slice;
  }
}
