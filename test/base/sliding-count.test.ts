import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Monotonic } from '../../src/base/instants.ts';
import { SlidingCount } from '../../src/base/sliding-count.ts';

const at = (ms: number): Monotonic => ms as Monotonic;

test('it counts the last minute and forgets the one before', () => {
  const count = new SlidingCount(12, 5_000);
  for (const ms of [0, 1, 30_000]) count.add(at(ms));
  assert.equal(count.sum(at(59_999)), 3);
  assert.equal(count.sum(at(60_000)), 1);
  assert.equal(count.sum(at(90_000)), 0);
});

test('a long silence empties it', () => {
  const count = new SlidingCount(12, 5_000);
  count.add(at(7));
  assert.equal(count.sum(at(86_400_000)), 0);
  count.add(at(86_400_000));
  assert.equal(count.sum(at(86_400_001)), 1);
});

test('a clock that begins late begins with nothing', () => {
  const count = new SlidingCount(3, 10);
  count.add(at(1_000_000));
  assert.equal(count.sum(at(1_000_000)), 1);
});

test('it is exact to one slice', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(40), { maxLength: 200 }), (gaps) => {
      const count = new SlidingCount(6, 10);
      const instants: number[] = [];
      let now = 0;
      for (const gap of gaps) {
        now += gap;
        instants.push(now);
        count.add(at(now));
        const first = (Math.floor(now / 10) - 5) * 10;
        assert.equal(count.sum(at(now)), instants.filter((instant) => instant >= first).length);
      }
    }),
    { seed: 6, numRuns: 100 },
  );
});
