import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListenerName } from '../../src/base/address.ts';
import type { Monotonic } from '../../src/base/instants.ts';
import { Pace } from '../../src/gateway/pace.ts';

const field = 'field' as ListenerName;
const line = 'line' as ListenerName;
const half = (into: Uint8Array): void => void into.fill(0x80);

test('so many at once, then so many a second, over all listeners together', () => {
  const pace = new Pace(half, { perSecond: 10, burst: 3 });
  const take = (listener: ListenerName, atMs: number) => pace.take(listener, atMs as Monotonic);
  assert.deepEqual([take(field, 0), take(line, 0), take(field, 0), take(field, 0)], [true, true, true, false]);
  assert.deepEqual([take(line, 99), take(line, 100), take(field, 100)], [false, true, false]);
});

test('a slow listener takes nothing from the others', () => {
  const pace = new Pace(half, { perSecond: 10, burst: 10 }, new Map([[line, 1]]));
  const take = (listener: ListenerName, atMs: number) => pace.take(listener, atMs as Monotonic);
  assert.deepEqual([take(line, 0), take(line, 0), take(field, 0)], [true, false, true]);
  assert.deepEqual([take(line, 999), take(line, 1_000)], [false, true]);
});

test('the next is asked when there is a token, and up to one place later', () => {
  const pace = new Pace(half, { perSecond: 10, burst: 1 });
  assert.equal(pace.nextAt(field, 0 as Monotonic), 51);
  pace.take(field, 0 as Monotonic);
  assert.equal(pace.nextAt(field, 0 as Monotonic), 151);
});
