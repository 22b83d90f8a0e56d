import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hour, type Monotonic } from '../../src/base/instants.ts';
import { WrittenBytes } from '../../src/host/written-bytes.ts';

const at = (hours: number): Monotonic => (hours * hour) as Monotonic;

test('what was written a day ago counts no more', () => {
  let total = 0;
  const written = new WrittenBytes(() => total);
  assert.equal(written.last24Hours(at(0)), 0);
  for (let hours = 1; hours <= 60; hours++) {
    total += 10;
    written.sample(at(hours));
    assert.equal(written.last24Hours(at(hours)), 10 * Math.min(hours, 24));
  }
});

test('what was written before does not count', () => {
  let total = 552_500_000;
  const written = new WrittenBytes(() => total);
  assert.equal(written.last24Hours(at(0)), 0);
  total += 17;
  assert.equal(written.last24Hours(at(0)), 17);
});

test('the kernel counts what this process writes', () => {
  assert.ok(new WrittenBytes().last24Hours(at(0)) >= 0);
});
