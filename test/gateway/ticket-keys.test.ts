import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/base/limits.ts';
import { PlainGateway } from './plain-gateway.ts';

const keyOf = (gateway: PlainGateway): Uint8Array | undefined => gateway.records.get('tk/keys');

test('ticket keys are renewed while the gateway runs, and their age goes on over a restart', () => {
  const first = new PlainGateway();
  const before = keyOf(first);
  assert.ok(before);
  first.pass(limits.ticketKeyRotationMs - 1_000);
  assert.equal(keyOf(first), before);
  first.pass(2_000);
  const renewed = keyOf(first);
  assert.notDeepEqual(renewed, before);
  const second = new PlainGateway(first.records, 2);
  assert.deepEqual(keyOf(second), renewed);
  second.pass(limits.ticketKeyRotationMs);
  assert.notDeepEqual(keyOf(second), renewed);
});
