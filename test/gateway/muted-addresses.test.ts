/** Addresses are ignored for a bounded time, and a bounded number of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Monotonic } from '../../src/base/instants.ts';
import { limits } from '../../src/base/limits.ts';
import { MutedAddresses } from '../../src/gateway/muted-addresses.ts';

test('an address is ignored until its time is over', () => {
  const muted = new MutedAddresses();
  muted.mute('field|192.0.2.1:5', 10 as Monotonic);
  assert.equal(muted.has('field|192.0.2.1:5', (limits.addressMutedMs + 9) as Monotonic), true);
  assert.equal(muted.has('field|192.0.2.1:6', 11 as Monotonic), false);
  assert.equal(muted.has('field|192.0.2.1:5', (limits.addressMutedMs + 10) as Monotonic), false);
  assert.equal(muted.size, 0);
});

test('the oldest makes room', () => {
  const muted = new MutedAddresses();
  for (let i = 0; i <= limits.addressesMutedMax; i++) muted.mute(`field|192.0.2.1:${i}`, i as Monotonic);
  assert.equal(muted.size, limits.addressesMutedMax);
  assert.equal(muted.has('field|192.0.2.1:0', 1 as Monotonic), false);
  assert.equal(muted.has('field|192.0.2.1:1', 1 as Monotonic), true);
});
