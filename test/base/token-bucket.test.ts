import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Monotonic } from '../../src/base/instants.ts';
import { TokenBucket } from '../../src/base/token-bucket.ts';

const at = (ms: number): Monotonic => ms as Monotonic;

test('a burst at once, then one at a time', () => {
  const bucket = new TokenBucket(2, 5, at(0));
  assert.equal(taken(bucket, 10, 0), 5);
  assert.equal(bucket.take(at(499)), false);
  assert.equal(bucket.take(at(500)), true);
  assert.equal(bucket.take(at(500)), false);
});

test('it never holds more than its burst', () => {
  const bucket = new TokenBucket(2, 5, at(0));
  assert.equal(taken(bucket, 100, 3_600_000), 5);
});

test('it is full when forgetting it changes nothing', () => {
  const bucket = new TokenBucket(2, 5, at(0));
  assert.equal(bucket.isFull(at(0)), true);
  bucket.take(at(0));
  assert.deepEqual([bucket.isFull(at(499)), bucket.isFull(at(500))], [false, true]);
});

test('in any time it gives no more than burst and rate', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(2_000), { maxLength: 300 }), (gaps) => {
      const bucket = new TokenBucket(3, 4, at(0));
      let now = 0;
      let given = 0;
      for (const gap of gaps) {
        now += gap;
        if (bucket.take(at(now))) given++;
        assert.ok(given <= 4 + (3 * now) / 1_000 + 1e-6);
      }
    }),
    { seed: 5, numRuns: 100 },
  );
});

function taken(bucket: TokenBucket, times: number, ms: number): number {
  return Array.from({ length: times }, () => bucket.take(at(ms))).filter(Boolean).length;
}
