import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hour, type Monotonic } from '../../../src/base/instants.ts';
import { LastDay } from '../../../src/host/wear/last-day.ts';

const at = (hours: number): Monotonic => (hours * hour) as Monotonic;

test('what was added a day ago counts no more, in none of the counts', () => {
  const counts = { bytes: 500, commits: 0 };
  const lastDay = new LastDay(() => ({ ...counts }), { bytes: 500, commits: 0 });
  assert.deepEqual(lastDay.sums(at(0)), { bytes: 0, commits: 0 });
  for (let hours = 1; hours <= 60; hours++) {
    counts.bytes += 10;
    counts.commits++;
    lastDay.sample(at(hours));
    const counted = Math.min(hours, 24);
    assert.deepEqual(lastDay.sums(at(hours)), { bytes: 10 * counted, commits: counted });
  }
  assert.deepEqual(lastDay.totals(), { bytes: 600, commits: 60 });
});

test('what is not to be known stays so; a count that began anew is not negative', () => {
  const counts: Record<string, number | null> = { device: null, card: 70 };
  const lastDay = new LastDay(() => ({ ...counts }), { device: null, card: 50 });
  assert.deepEqual(lastDay.sums(at(1)), { device: null, card: 20 });
  counts['device'] = 5;
  counts['card'] = 3;
  assert.deepEqual(lastDay.sums(at(2)), { device: null, card: 0 });
});
