/**
 * The ring under any run of groups, hand-overs, failures and cuts: what a start finds in database and ring together is what was
 * durable, whatever a cut left of the frames that were being written.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Monotonic } from '../../../src/base/instants.ts';
import { limits } from '../../../src/base/limits.ts';
import type { Write } from '../../../src/commit/commit.ts';
import { frameBytes } from '../../../src/commit/journal/frame.ts';
import { type FrameWrite, type HandOver, Journal } from '../../../src/commit/journal/journal.ts';
import { firstMark, type JournalMark } from '../../../src/commit/journal/mark.ts';
import { type JournalScan, scanJournal } from '../../../src/commit/journal/scan.ts';

const slots = 8;
const storeId = new Uint8Array(8).fill(9);

describe('the journal', () => {
  it('has everything back after a start: groups of one frame and of several', () => {
    const disk = new Disk();
    disk.group([put('a', 1), put('large', 2, 9_000)]);
    disk.group([put('a', 3), remove('b')]);
    const { tail, damaged, missing, nextSequence, nextPosition } = disk.scan();
    assert.deepEqual([damaged, missing, nextSequence, nextPosition], [0, false, 3, 4]);
    assert.deepEqual(
      tail.flatMap(({ writes }) => writes.map(({ key, value }) => [key, value?.[0]])),
      [
        ['a', 1],
        ['large', 2],
        ['a', 3],
        ['b', undefined],
      ],
    );
  });

  it('writes over nothing that the database does not have', () => {
    const disk = new Disk();
    for (let i = 0; i < slots; i++) disk.group([put('a', i)]);
    assert.equal(disk.journal.append([put('b', 1)], 1, at(0)), undefined);
    disk.journal.handOver([], at(0));
    assert.equal(disk.journal.append([put('b', 1)], 1, at(0)), undefined, 'not before the batch is durable');
    disk.journal.handOverFailed();
    assert.equal(disk.journal.append([put('b', 1)], 1, at(0)), undefined);
    disk.handOver([]);
    assert.equal(disk.journal.fill, 0);
    disk.group([put('b', 1)]);
    assert.deepEqual(disk.stored(), { a: slots - 1, b: 1 });
  });

  it('takes the removal of a key that came back damaged: anything may stand in one', () => {
    const disk = new Disk();
    disk.group([remove('rg/me\uFFFDer'), put('a', 1)]);
    assert.deepEqual(disk.stored(), { a: 1 });
  });

  it('takes no group that is larger than the ring', () => {
    const disk = new Disk();
    assert.equal(disk.journal.append([put('a', 1, slots * frameBytes)], 1, at(0)), undefined);
    disk.group([put('a', 1)]);
  });

  it('hands over what is durable, not what is being written', () => {
    const disk = new Disk();
    disk.group([put('a', 1)]);
    disk.journal.append([put('a', 2)], 1, at(0));
    const { writes, mark } = disk.journal.handOver([put('s', 3)], at(0));
    assert.deepEqual(
      writes.map(({ key, value }) => [key, value?.[0]]),
      [
        ['a', 1],
        ['s', 3],
      ],
    );
    assert.deepEqual([mark.sequence, mark.from], [1, 2]);
    disk.journal.appended();
    disk.journal.handedOver();
    assert.deepEqual(disk.journal.unapplied, [put('a', 2)]);
  });
});

describe('what is brief', () => {
  it('stays in the ring for its time, and then goes to the database', () => {
    const disk = new Disk();
    disk.group([brief('e1', 1), put('a', 1)]);
    assert.deepEqual(keys(disk.handOver([])), ['a']);
    disk.nowMs = limits.journalHoldMs - 1;
    assert.deepEqual(keys(disk.handOver([])), []);
    disk.nowMs = limits.journalHoldMs;
    assert.deepEqual(keys(disk.handOver([])), ['e1']);
    assert.equal(disk.journal.fill, 0);
  });

  it('removed before never reaches the database, and stays removed', () => {
    const disk = new Disk();
    disk.group([brief('e1', 1), brief('e2', 1)]);
    disk.group([brief('e3', 1)]);
    disk.handOver([]);
    assert.deepEqual(keys(disk.handOver([remove('e1')])), []);
    assert.deepEqual(disk.stored(), { e2: 1, e3: 1 });
    assert.deepEqual(keys(disk.handOver([remove('e2'), remove('e3')])), []);
    assert.equal(disk.journal.fill, 0);
    assert.deepEqual(disk.stored(), {});
  });

  it('goes to the database when too many have gone out of their order', () => {
    const disk = new Disk();
    const events = Array.from({ length: limits.journalGoneKeysMax + 2 }, (_, i) => brief(`e${i}`, 1));
    disk.group(events);
    const removed = events.slice(1).map(({ key }) => remove(key));
    assert.deepEqual(keys(disk.handOver(removed)), ['e0']);
    assert.deepEqual(disk.stored(), { e0: 1 });
  });

  it('can be all handed over at any time', () => {
    const disk = new Disk();
    disk.group([brief('e1', 1)]);
    assert.deepEqual(keys(disk.handOver([], true)), ['e1']);
    assert.equal(disk.journal.fill, 0);
  });
});

describe('a ring that was given up', () => {
  it('is made anew once the database has everything, and nothing of the old one counts', () => {
    const disk = new Disk();
    disk.group([put('a', 1), brief('e', 1)]);
    disk.write(disk.journal.append([put('a', 2)], 1, at(0)) ?? []);
    disk.journal.giveUp();
    assert.equal(disk.journal.isUsable, false);
    assert.throws(() => disk.journal.append([], 1, at(0)), /usable/);
    disk.handOver([put('a', 3)]);
    assert.deepEqual(disk.stored(), { a: 3, e: 1 }, 'the old ring is still there');
    disk.ring = new Uint8Array(slots * frameBytes);
    disk.journal.renewed();
    disk.group([put('a', 4)]);
    assert.deepEqual(disk.stored(), { a: 4, e: 1 });
    assert.equal(disk.scan().missing, false);
  });
});

it('any run of groups, hand-overs, cuts and failures leaves what was durable, and damage is never seen where none is', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const disk = new Disk();
      for (const each of steps) disk.take(each);
      disk.check();
    }),
    { seed: 21, numRuns: 1_500 },
  );
});

type Step =
  | { readonly do: 'group'; readonly keys: readonly string[]; readonly size: number; readonly fate: Fate }
  | { readonly do: 'hand-over'; readonly keys: readonly string[]; readonly durable: boolean; readonly told: boolean }
  | { readonly do: 'wait' }
  | { readonly do: 'start' };

/** What becomes of the frames of a group: written and told, or not told and each frame old, new or torn. */
type Fate = 'durable' | readonly ('old' | 'new' | 'torn')[];

const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('group'),
      keys: names,
      size: fc.constantFrom(10, 10, 3_000, 9_000),
      fate: fc.oneof(
        { weight: 6, arbitrary: fc.constant('durable') },
        { weight: 1, arbitrary: fc.array(fc.constantFrom('old', 'new', 'torn'), { minLength: 4, maxLength: 4 }) },
      ),
    }) as fc.Arbitrary<Step>,
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('hand-over'), keys: names, durable: fc.boolean(), told: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ do: 'wait' }, { do: 'start' }) },
);

/** A ring and a database, and beside them what must be found: the value of each key that was reported durable. */
class Disk {
  ring: Uint8Array<ArrayBuffer> = new Uint8Array(slots * frameBytes);
  journal: Journal;
  nowMs = 0;
  private mark: JournalMark = firstMark;
  private readonly database = new Map<string, number>();
  /** What is durable for certain; and of the last group that was not told, what may be there instead. */
  private readonly model = new Map<string, number>();
  private inDoubt: ReadonlyMap<string, number | undefined> | undefined;
  private values = 0;
  private events = 0;

  constructor() {
    this.journal = this.newJournal(firstMark);
  }

  take(each: Step): void {
    if (each.do === 'wait') this.nowMs += limits.journalHoldMs / 2;
    else if (each.do === 'start') this.check();
    else if (each.do === 'group') this.takeGroup(each);
    else this.takeHandOver(each);
  }

  /** A group that is told to be durable. */
  group(writes: readonly Write[]): void {
    const frames = this.journal.append(writes, 1, at(this.nowMs));
    assert.ok(frames !== undefined, 'there is room');
    this.write(frames);
    this.journal.appended();
  }

  handOver(newer: readonly Write[], all = false): HandOver {
    const made = this.journal.handOver(newer, at(this.nowMs), all);
    this.apply(made);
    this.journal.handedOver();
    return made;
  }

  write(frames: readonly FrameWrite[]): void {
    for (const { offset, bytes } of frames) this.ring.set(bytes, offset);
  }

  scan(): JournalScan {
    return scanJournal(this.ring, storeId, this.mark);
  }

  /** What a start would find. */
  stored(): Record<string, number> {
    const found = new Map(this.database);
    for (const { writes } of this.scan().tail) {
      for (const { key, value } of writes) {
        if (value === undefined) found.delete(key);
        else found.set(key, value[0] ?? 0);
      }
    }
    return Object.fromEntries([...found].toSorted());
  }

  /** A start: what is found is what was durable; it goes to the database, and the ring goes on from there. */
  check(): void {
    const { damaged, missing, nextSequence, nextPosition, witness } = this.scan();
    assert.deepEqual([damaged, missing], [0, false]);
    const found = this.stored();
    const certain = Object.fromEntries([...this.model].toSorted());
    if (JSON.stringify(found) !== JSON.stringify(certain)) {
      assert.ok(this.inDoubt !== undefined, `${JSON.stringify(found)} is not ${JSON.stringify(certain)}`);
      for (const [key, number] of this.inDoubt)
        number === undefined ? this.model.delete(key) : this.model.set(key, number);
      assert.deepEqual(found, Object.fromEntries([...this.model].toSorted()));
    }
    this.inDoubt = undefined;
    this.database.clear();
    for (const [key, number] of this.model) this.database.set(key, number);
    this.mark = { sequence: nextSequence - 1, from: nextSequence, gone: [], position: nextPosition, witness };
    this.journal = this.newJournal(this.mark);
  }

  private newJournal(mark: JournalMark): Journal {
    return new Journal({ slots, storeId, generation: 1, mark });
  }

  private takeGroup({ keys: names, size, fate }: Extract<Step, { do: 'group' }>): void {
    const number = this.nextValue();
    const event = brief(`e${++this.events}`, number);
    const writes = [...names.map((key, i) => (i === 2 ? remove(key) : put(key, number, size))), event];
    const frames = this.journal.append(writes, 1, at(this.nowMs));
    if (frames === undefined) return;
    const changes = new Map(writes.map(({ key, value }) => [key, value?.[0]]));
    if (fate === 'durable') {
      this.write(frames);
      this.journal.appended();
      for (const [key, value] of changes) value === undefined ? this.model.delete(key) : this.model.set(key, value);
      return;
    }
    for (const [i, { offset, bytes }] of frames.entries()) {
      if (fate[i] === 'new') this.ring.set(bytes, offset);
      if (fate[i] === 'torn') this.ring.set(bytes.subarray(0, 1_536), offset);
    }
    this.inDoubt = changes;
    this.check();
  }

  private takeHandOver({ keys: names, durable, told }: Extract<Step, { do: 'hand-over' }>): void {
    const number = this.nextValue();
    const oldest = [...this.model.keys()].find((key) => key.startsWith('e'));
    const newer = [...names.map((key) => put(key, number)), ...(oldest === undefined ? [] : [remove(oldest)])];
    const made = this.journal.handOver(newer, at(this.nowMs));
    if (!durable) return this.journal.handOverFailed();
    this.apply(made);
    for (const { key, value } of newer) value === undefined ? this.model.delete(key) : this.model.set(key, number);
    if (told) this.journal.handedOver();
    else this.check(); // Durable, and nobody learned of it.
  }

  private nextValue(): number {
    this.values = (this.values % 250) + 1;
    return this.values;
  }

  private apply({ writes, mark }: HandOver): void {
    for (const { key, value } of writes) {
      if (value === undefined) this.database.delete(key);
      else this.database.set(key, value[0] ?? 0);
    }
    this.mark = mark;
  }
}

function keys({ writes }: HandOver): string[] {
  return writes.map(({ key }) => key);
}

function put(key: string, value: number, size = 10): Write {
  return { key, value: new Uint8Array(size).fill(value) };
}

function brief(key: string, value: number): Write {
  return { ...put(key, value), brief: true };
}

function remove(key: string): Write {
  return { key, value: undefined };
}

function at(ms: number): Monotonic {
  return ms as Monotonic;
}
