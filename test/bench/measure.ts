/**
 * How a figure is made: each round measures a floor (what the machine could do at best, or plain work of a known kind) and then
 * every item, so that the noise of a machine falls upon both. Kept is the median of the rounds, and of each round's ratio.
 */

/** How much is measured: the smoke test takes one round of almost nothing. */
export interface Size {
  readonly rounds: number;
  /** 1 for a real run. */
  readonly scale: number;
}

export type Unit = 'seconds' | 'per second' | 'bytes';

export interface Item {
  readonly name: string;
  readonly unit: Unit;
  /** In `unit`: a time or a size is to stay under it. */
  readonly goal?: number;
  /** One round; the value is in `unit`. */
  measure(): number | Promise<number>;
}

export interface Figure {
  readonly name: string;
  readonly unit: Unit;
  readonly median: number;
  readonly low: number;
  readonly high: number;
  /** How many times as long as the floor it takes, in the median of the rounds. */
  readonly ratio?: number;
  readonly goal?: number;
}

export interface Floor {
  readonly name: string;
  /** One round, in seconds for each piece of work. */
  measure(): number | Promise<number>;
}

/** Measures all items in rounds, after one that does not count. */
export async function inRounds(size: Size, floor: Floor, items: readonly Item[]): Promise<Figure[]> {
  const floors: number[] = [];
  const values = items.map((): number[] => []);
  for (let round = size.rounds > 1 ? -1 : 0; round < size.rounds; round++) {
    const least = await floor.measure();
    if (round >= 0) floors.push(least);
    for (const [index, item] of items.entries()) {
      const value = await item.measure();
      if (round >= 0) values[index]?.push(value);
    }
  }
  const own: Figure = { name: `floor: ${floor.name}`, unit: 'seconds', ...spread(floors) };
  return [own, ...items.map((item, index) => figure(item, values[index] ?? [], floors))];
}

/** For what takes seconds: no more than three rounds. */
export function fewRounds(size: Size): Size {
  return { ...size, rounds: Math.min(size.rounds, 3) };
}

/** A count, made smaller by the scale, but never too small to mean anything. */
export function scaled(size: Size, count: number, least = 1): number {
  return Math.max(least, Math.round(count * size.scale));
}

/**
 * The time of the processor for each piece of work that is done `count` times, that of the garbage collection included: other
 * programs do not disturb it as much as they do the time on the wall.
 */
export function processorSecondsOf(count: number, work: (index: number) => void): number {
  const begun = process.cpuUsage();
  for (let index = 0; index < count; index++) work(index);
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1_000_000 / count;
}

export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

function spread(values: readonly number[]): { median: number; low: number; high: number } {
  return { median: medianOf(values), low: Math.min(...values), high: Math.max(...values) };
}

function figure({ name, unit, goal }: Item, values: readonly number[], floors: readonly number[]): Figure {
  const base = { name, unit, ...spread(values), ...(goal === undefined ? {} : { goal }) };
  if (unit === 'bytes') return base;
  const ratios = values.map((value, round) => (unit === 'seconds' ? value : 1 / value) / (floors[round] ?? 1));
  return { ...base, ratio: medianOf(ratios) };
}
