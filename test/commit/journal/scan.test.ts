/** What a ring looks like when something is wrong with it: each kind of damage is told from every other, and from an end. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Monotonic } from '../../../src/base/instants.ts';
import type { Write } from '../../../src/commit/commit.ts';
import { frameBytes } from '../../../src/commit/journal/frame.ts';
import { Journal } from '../../../src/commit/journal/journal.ts';
import { firstMark, type JournalMark } from '../../../src/commit/journal/mark.ts';
import { type JournalScan, scanJournal } from '../../../src/commit/journal/scan.ts';

const slots = 8;
const storeId = new Uint8Array(8).fill(1);

describe('a ring', () => {
  it('of zeros holds nothing, and that is no damage', () => {
    assert.deepEqual(verdict(scanJournal(new Uint8Array(slots * frameBytes), storeId, firstMark)), whole([]));
  });

  it('whose newest group is torn ends there', () => {
    const ring = written(4);
    tear(ring, 3);
    assert.deepEqual(verdict(scanJournal(ring, storeId, firstMark)), whole([1, 2, 3]));
    assert.equal(scanJournal(ring, storeId, firstMark).nextSequence, 4, 'nobody saw it');
  });

  it('with a broken group before a whole one is damaged, and what is whole counts', () => {
    const ring = written(5);
    tear(ring, 2);
    assert.deepEqual(verdict(scanJournal(ring, storeId, firstMark)), { ...whole([1, 2, 4, 5]), damaged: 1 });
  });

  it('with a lost group before one that was begun is damaged: only what is durable has a successor', () => {
    const ring = new Uint8Array(slots * frameBytes);
    const journal = newJournal();
    append(journal, ring, [put('a', 10)]);
    append(journal, ring, [put('a', 10)]);
    append(journal, ring, [put('a', 9_000)]);
    ring.fill(0, 1 * frameBytes, 2 * frameBytes);
    ring.fill(0, 3 * frameBytes, 4 * frameBytes);
    assert.deepEqual(verdict(scanJournal(ring, storeId, firstMark)), { ...whole([1]), damaged: 1 });
  });

  it('of another store is foreign, and nothing in it counts', () => {
    const found = scanJournal(written(3), new Uint8Array(8).fill(2), firstMark);
    assert.deepEqual(verdict(found), { ...whole([]), foreign: 3 });
  });

  it('with a frame in a slot that is not its own does not count it', () => {
    const ring = written(3);
    ring.copyWithin(6 * frameBytes, 1 * frameBytes, 2 * frameBytes);
    assert.deepEqual(verdict(scanJournal(ring, storeId, firstMark)), { ...whole([1, 2, 3]), misplaced: 1 });
  });

  it('that an earlier state of the same store left lacks what the database knows of', () => {
    const mark: JournalMark = { sequence: 4, from: 5, gone: [], position: 4, witness: 4 };
    assert.deepEqual(verdict(scanJournal(written(3), storeId, mark)), { ...whole([]), missing: true });
    assert.deepEqual(verdict(scanJournal(new Uint8Array(0), storeId, mark)), { ...whole([]), missing: true });
    assert.deepEqual(verdict(scanJournal(written(5), storeId, mark)), whole([5]));
  });

  it('with groups below the mark counts only what was held back of them', () => {
    const ring = new Uint8Array(slots * frameBytes);
    const journal = newJournal();
    append(journal, ring, [put('a', 1), { ...put('e1', 1), brief: true }, { ...put('e2', 1), brief: true }]);
    append(journal, ring, [put('b', 1)]);
    const mark: JournalMark = { sequence: 1, from: 1, gone: ['e2'], position: 1, witness: 1 };
    const { tail } = scanJournal(ring, storeId, mark);
    assert.deepEqual(
      tail.map(({ writes }) => writes.map(({ key }) => key)),
      [['e1'], ['b']],
    );
  });

  it('whose mark is damaged says itself what was applied', () => {
    const ring = new Uint8Array(slots * frameBytes);
    const journal = newJournal();
    for (let i = 0; i < 3; i++) append(journal, ring, [put('a', 1)]);
    journal.handOver([], 0 as Monotonic);
    journal.handedOver();
    for (let i = 0; i < 2; i++) append(journal, ring, [put('a', 1)]);
    assert.deepEqual(verdict(scanJournal(ring, storeId, undefined)), whole([4, 5]));
  });

  it('whose mark is lost brings back what may have been held back below it, and nothing else', () => {
    const ring = new Uint8Array(slots * frameBytes);
    const journal = newJournal();
    append(journal, ring, [put('a', 1), { ...put('e1', 1), brief: true }]);
    journal.handOver([], 0 as Monotonic);
    journal.handedOver();
    append(journal, ring, [put('b', 1)]);
    const { tail, damaged, inDoubt } = scanJournal(ring, storeId, undefined);
    assert.deepEqual(
      tail.map(({ writes }) => writes.map(({ key }) => key)),
      [['e1'], ['b']],
    );
    assert.deepEqual([damaged, inDoubt], [0, true]);
    assert.equal(scanJournal(ring, storeId, firstMark).inDoubt, false);
  });

  it('whose mark is lost after a clean stop lays nothing over the database, and goes on behind its newest group', () => {
    const ring = written(5);
    const { nextSequence, nextPosition, inDoubt, ...found } = scanJournal(ring, storeId, undefined, { stoppedAt: 1 });
    assert.deepEqual(verdict({ nextSequence, nextPosition, inDoubt, ...found }), whole([]));
    assert.deepEqual([nextSequence, nextPosition, inDoubt], [6, 5, false]);
  });

  it('that was written after the clean stop that the database tells of was not part of it', () => {
    const ring = new Uint8Array(slots * frameBytes);
    append(newJournal(), ring, [put('a', 1)], 2);
    assert.deepEqual(verdict(scanJournal(ring, storeId, undefined, { stoppedAt: 1 })), whole([1]));
  });

  it('that was cut is read with the slots that it was written with', () => {
    const ring = new Uint8Array(slots * frameBytes);
    const journal = newJournal();
    for (let number = 1; number <= slots + 2; number++) {
      append(journal, ring, [put('a', 10, number)]);
      journal.handOver([], 0 as Monotonic);
      journal.handedOver();
    }
    const cut = ring.slice(0, (slots - 1) * frameBytes);
    const mark: JournalMark = { sequence: 8, from: 9, gone: [], position: 8, witness: 8 };
    assert.deepEqual(verdict(scanJournal(cut, storeId, mark, { slots })), whole([9, 10]));
    assert.equal(scanJournal(cut, storeId, mark).misplaced, 2);
  });

  it('tells the highest generation in it', () => {
    const ring = new Uint8Array(slots * frameBytes);
    const journal = newJournal();
    append(journal, ring, [put('a', 1)], 7);
    append(journal, ring, [put('a', 1)], 9);
    assert.equal(scanJournal(ring, storeId, firstMark).generation, 9);
  });
});

it('whatever bytes a ring holds, looking at it ends with an answer', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(slots * frameBytes - 1), fc.nat(255)), { maxLength: 40 }),
      fc.boolean(),
      (damages, hasMark) => {
        const ring = written(6);
        for (const [offset, byte] of damages) ring[offset] = byte;
        const { tail, damaged } = scanJournal(ring, storeId, hasMark ? firstMark : undefined);
        assert.ok(tail.length + damaged <= 6);
        for (const { sequence, writes } of tail)
          assert.deepEqual([writes.length, writes[0]?.value?.[0]], [1, sequence]);
      },
    ),
    { seed: 22, numRuns: 1_000 },
  );
});

function verdict({ tail, damaged, missing, foreign, misplaced }: JournalScan): Record<string, unknown> {
  return { sequences: tail.map(({ sequence }) => sequence), damaged, missing, foreign, misplaced };
}

function whole(sequences: readonly number[]): Record<string, unknown> {
  return { sequences, damaged: 0, missing: false, foreign: 0, misplaced: 0 };
}

/** So many groups of one frame each; group n puts a value of n. */
function written(groups: number): Uint8Array<ArrayBuffer> {
  const ring = new Uint8Array(slots * frameBytes);
  const journal = newJournal();
  for (let number = 1; number <= groups; number++) append(journal, ring, [put('a', 10, number)]);
  return ring;
}

function newJournal(): Journal {
  return new Journal({ slots, storeId, generation: 1, mark: firstMark });
}

function append(journal: Journal, ring: Uint8Array, writes: readonly Write[], generation = 1): void {
  for (const { offset, bytes } of journal.append(writes, generation, 0 as Monotonic) ?? []) ring.set(bytes, offset);
  journal.appended();
}

function tear(ring: Uint8Array, slot: number): void {
  ring.fill(0xff, slot * frameBytes + 20, slot * frameBytes + 40);
}

function put(key: string, size: number, value = 1): Write {
  return { key, value: new Uint8Array(size).fill(value) };
}
