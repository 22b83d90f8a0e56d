/** Uptime over restarts: it stands still while the board is off and never runs backward. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Monotonic, Now, Wall } from '../../src/base/instants.ts';
import { Uptime } from '../../src/gateway/uptime.ts';

const at = (ms: number): Now => ({ monotonic: ms as Monotonic, wall: 0 as Wall, wallTrusted: false });

test('the first start counts from next to nothing, whatever the clock shows', () => {
  const uptime = new Uptime();
  uptime.start(at(5_000));
  assert.equal(uptime.at(at(5_000)), 1);
  assert.equal(uptime.at(at(6_500)), 1_501);
  assert.equal(uptime.sinceStartMs(at(6_500)), 1_500);
});

test('a start goes on right above the highest uptime that a record shows', () => {
  const uptime = new Uptime();
  for (const ms of [70, 900, 300]) uptime.sawRecordOf(ms);
  assert.equal(uptime.at(at(123_456)), 900, 'it stands still until the start');
  uptime.start(at(50));
  assert.equal(uptime.at(at(50)), 901, 'what is written now is younger than everything kept');
  assert.equal(uptime.at(at(60)), 911);
  assert.equal(uptime.sinceStartMs(at(60)), 10);
});

test('an uptime of before or after has its place on the clock of this start', () => {
  const uptime = new Uptime();
  uptime.sawRecordOf(900);
  uptime.start(at(50));
  assert.equal(uptime.monotonicOf(901), 50);
  assert.equal(uptime.monotonicOf(1_001), 150);
  assert.equal(uptime.monotonicOf(401), -450);
  assert.equal(uptime.monotonicOf(uptime.at(at(777))), 777);
});

test('an outage lasts from the newest record on, also when the clock was trusted only long before', () => {
  const trustedAt = (wall: number): Now => ({ monotonic: 0 as Monotonic, wall: wall as Wall, wallTrusted: true });
  const uptime = new Uptime();
  uptime.sawRecordOf(1_000);
  uptime.sawRecordAt(500_000, 1_000);
  assert.equal(uptime.outageMs(trustedAt(507_000)), 7_000);
  // Then it was up for a minute without a clock.
  uptime.sawRecordOf(61_000);
  assert.equal(uptime.outageMs(trustedAt(567_000)), 7_000);
  assert.equal(uptime.outageMs(trustedAt(1_000)), 0, 'never less than none');
  assert.equal(uptime.outageMs(at(567_000)), 0, 'a clock that is not trusted tells nothing');
});
