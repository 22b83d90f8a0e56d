import assert from 'node:assert/strict';
import { test } from 'node:test';
import { percentile, perDay } from '../bench/wear/figures.ts';

test('what was counted in an hour is scaled to a day; delays are as they were', () => {
  const hour = { bytes: 10_000_000, commits: 100, spanMs: 3_600_000, ackDelayMsP50: 250.04, ackDelayMsP99: 499.96 };
  assert.deepEqual(perDay(hour), {
    deviceMBPerDay: 240,
    commitsPerDay: 2_400,
    ackDelayMsP50: 250,
    ackDelayMsP99: 500,
    simulatedSeconds: 3_600,
  });
});

test('a percentile is a value that there is, whatever their order', () => {
  const values = [40, 10, 30, 20];
  assert.deepEqual([percentile(values, 0.5), percentile(values, 0.51), percentile(values, 0.99)], [20, 30, 40]);
  assert.deepEqual([percentile(values, 0), percentile([], 0.5)], [10, 0]);
  assert.deepEqual(values, [40, 10, 30, 20], 'which stay as they are');
});
