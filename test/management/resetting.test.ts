/** Resetting a device over REST. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, device, FakeKnowledge, planned } from './fake-knowledge.ts';

const target = '/api/holdfast/devices/meter%2F17/reset';

test('POST resets, and tells what is under way', () => {
  const plan = planned(new FakeKnowledge().add(device('meter/17')), ask('POST', target));
  assert.ok(plan.kind === 'operate');
  assert.deepEqual(plan.action, { kind: 'reset-device', endpoint: 'meter/17' });
  const said = (next: 'abbreviated' | 'wait') => {
    const told = plan.next({ kind: 'reset', endpoint: 'meter/17', dropped: true, next });
    assert.ok(told.kind === 'respond');
    return JSON.parse(String(told.response.body)) as unknown;
  };
  const body = { endpoint: 'meter/17', result: 'reset', dropped: true };
  assert.deepEqual(said('abbreviated'), { ...body, handshake: 'abbreviated' });
  assert.deepEqual(said('wait'), { ...body, handshake: null });
});

test('an unknown device is not reset, and neither is one in another way', () => {
  const unknown = planned(new FakeKnowledge(), ask('POST', target));
  assert.ok(unknown.kind === 'respond' && unknown.response.status === 404);
  const other = planned(new FakeKnowledge().add(device('meter/17')), ask('PUT', target));
  assert.ok(other.kind === 'respond' && other.response.status === 405);
});
