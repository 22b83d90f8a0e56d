/**
 * The order in which a start reads: first, by their keys, the records that everybody needs; then what is late (`late-kinds.ts`),
 * device by device, so that each is served as soon as its records are there; then the rest.
 */
import type { StoredRecord } from '../../commit/commit.ts';
import { deviceIn, devicePrefixes, lastPrefixes } from '../../records/late-kinds.ts';

/** Keys from the one on, and below the other. */
export interface KeyRange {
  readonly from?: string;
  readonly below?: string;
}

/** Of the late records those of devices, and the others. */
export const deviceRanges: readonly KeyRange[] = devicePrefixes.map(rangeOf);
export const lastRanges: readonly KeyRange[] = lastPrefixes.map(rangeOf);

/** What lies between those. */
export const firstRanges: readonly KeyRange[] = between([...devicePrefixes, ...lastPrefixes].sort());

export function isWithin(key: string, { from = '', below }: KeyRange): boolean {
  return key >= from && (below === undefined || key < below);
}

function rangeOf(prefix: string): KeyRange {
  return { from: prefix, below: after(prefix) };
}

function between(prefixes: readonly string[]): readonly KeyRange[] {
  const [first] = prefixes;
  const following = prefixes.map((prefix, index) => {
    const below = prefixes[index + 1];
    return { from: after(prefix), ...(below === undefined ? {} : { below }) };
  });
  return [first === undefined ? {} : { below: first }, ...following];
}

/** The first text that does not begin with this prefix and comes after all that do. */
function after(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
}

/**
 * The order of keys is not that of devices where a name ends its key and another one goes on behind it with less than a slash:
 * `rg/pump` comes before `rg/pump-2`, `wi/pump/x` after `wi/pump-2/x`. A record is held until those that belong before it have
 * come; there are never more held than names that begin with each other.
 */
async function* inDeviceOrder(stream: AsyncIterable<readonly StoredRecord[]>): AsyncIterable<readonly StoredRecord[]> {
  const held: { readonly device: string; readonly record: StoredRecord }[] = [];
  for await (const chunk of stream) {
    const ready: StoredRecord[] = [];
    for (const record of chunk) {
      const device = deviceIn(record.key);
      for (let top = held.at(-1); top !== undefined && top.device <= device; top = held.at(-1)) {
        ready.push(top.record);
        held.pop();
      }
      held.push({ device, record });
    }
    if (ready.length > 0) yield ready;
  }
  if (held.length > 0) yield held.toReversed().map(({ record }) => record);
}

/** Each stream is in the order of its keys, which begin with a kind and a device; out come devices with all of theirs. */
export async function* byDevice(
  streams: readonly AsyncIterable<readonly StoredRecord[]>[],
): AsyncIterable<StoredRecord[]> {
  const heads = streams.map((stream) => new Head(inDeviceOrder(stream)));
  try {
    for (;;) {
      for (const head of heads) await head.readOn();
      const whole: StoredRecord[] = [];
      for (let next = firstDevice(heads); next !== undefined; next = firstDevice(heads)) {
        for (const head of heads) head.take(next, whole);
      }
      if (whole.length > 0) yield whole;
      else if (heads.every(({ device }) => device === undefined)) return;
      else throw new Error('records of devices came out of order');
    }
  } finally {
    for (const head of heads) await head.close();
  }
}

/** The device that comes first, if all that is kept of it has been read; undefined also when there is none. */
function firstDevice(heads: readonly Head[]): string | undefined {
  let first: string | undefined;
  for (const { device } of heads) if (device !== undefined && (first === undefined || device < first)) first = device;
  return first === undefined || heads.some((head) => !head.hasAllOf(first)) ? undefined : first;
}

class Head {
  private readonly iterator: AsyncIterator<readonly StoredRecord[]>;
  private records: readonly StoredRecord[] = [];
  private at = 0;
  private ended = false;
  /** That of the first record. */
  device: string | undefined;
  /** That of the last one; more of it may follow. */
  private last: string | undefined;

  constructor(stream: AsyncIterable<readonly StoredRecord[]>) {
    this.iterator = stream[Symbol.asyncIterator]();
  }

  hasAllOf(device: string): boolean {
    return this.ended || (this.last !== undefined && device < this.last);
  }

  /** Reads until there is a whole device, or the end. */
  async readOn(): Promise<void> {
    while (!this.ended && this.device === this.last) {
      const next = await this.iterator.next();
      if (next.done === true) {
        this.ended = true;
        return;
      }
      this.records = [...this.records.slice(this.at), ...next.value];
      this.at = 0;
      this.device = deviceAt(this.records, 0);
      this.last = deviceAt(this.records, this.records.length - 1);
    }
  }

  /** Moves the records of a device out, if they come first. */
  take(device: string, into: StoredRecord[]): void {
    while (this.device === device) {
      into.push(this.records[this.at++] as StoredRecord);
      this.device = deviceAt(this.records, this.at);
    }
    if (this.device === undefined) this.last = undefined;
  }

  async close(): Promise<void> {
    await this.iterator.return?.();
  }
}

function deviceAt(records: readonly StoredRecord[], at: number): string | undefined {
  const record = records[at];
  return record && deviceIn(record.key);
}
