import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { judgeClock, SystemClock } from '../../src/host/clock.ts';

const today = Date.UTC(2026, 10, 22);
const wokeIn1970 = 42_000;

test('a time service vouches for the clock, so does a battery, nothing else does', () => {
  assert.deepEqual(judgeClock('none', true, today), { trusted: true, source: 'NTP' });
  assert.deepEqual(judgeClock('good', false, today), { trusted: true, source: 'battery clock' });
  assert.deepEqual(judgeClock('good', true, today), { trusted: true, source: 'NTP' });
  assert.deepEqual(judgeClock('none', false, today), { trusted: false, source: undefined });
});

test('a clock in the past is believed from nobody', () => {
  for (const marks of [true, false]) assert.equal(judgeClock('good', marks, wokeIn1970).trusted, false);
});

test('the clock of the machine looks for the mark, and again within a minute', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-clock-'));
  const mark = join(directory, 'synchronized');
  const clock = new SystemClock('none', [mark]);
  assert.equal(clock.now().wallTrusted, false);
  writeFileSync(mark, '');
  assert.equal(clock.now().wallTrusted, false);
  const began = performance.now();
  t.mock.method(performance, 'now', () => began + 61_000);
  const now = clock.now();
  assert.equal(now.monotonic, began + 61_000);
  assert.equal(now.wallTrusted, true);
  assert.equal(clock.trust().source, 'NTP');
  rmSync(directory, { recursive: true });
});
