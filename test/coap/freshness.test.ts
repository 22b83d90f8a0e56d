import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFresh } from '../../src/coap/freshness.ts';
import { at } from './coap-world.ts';

const cases: readonly (readonly [name: string, before: number, sequence: number, laterMs: number, fresh: boolean])[] = [
  ['one more', 1, 2, 10, true],
  ['the same', 2, 2, 10, false],
  ['one less', 2, 1, 10, false],
  ['just below half the numbers ahead', 0, 2 ** 23 - 1, 10, true],
  ['half the numbers ahead', 0, 2 ** 23, 10, false],
  ['wrapped around', 2 ** 24 - 1, 0, 10, true],
  ['wrapped around, more than half', 2 ** 23 + 1, 0, 10, true],
  ['half the numbers back', 2 ** 23, 0, 10, false],
  ['old, 128 s later', 2, 1, 128_000, false],
  ['old, more than 128 s later', 2, 1, 128_001, true],
];

for (const [name, before, sequence, laterMs, fresh] of cases) {
  test(`${name}: ${fresh ? 'fresh' : 'stale'} (RFC 7641 section 3.4)`, () => {
    const youngest = { sequence: before, at: at(1_000) };
    assert.equal(isFresh({ sequence, at: at(1_000 + laterMs) }, youngest), fresh);
  });
}

test('the first is fresh', () => assert.ok(isFresh({ sequence: 0, at: at(0) }, undefined)));
