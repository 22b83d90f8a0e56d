import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecoveryBody } from '../../src/api/bodies/recovery.ts';
import { eventBody } from '../../src/management/event-body.ts';
import { answered, ask, FakeKnowledge } from './fake-knowledge.ts';

test('how far the gateway has got', () => {
  const body = answered(new FakeKnowledge(), ask('GET', '/api/holdfast/recovery')).json() as RecoveryBody;
  const { running, lastStop, lastedSeconds, devices } = body;
  assert.deepEqual([running, lastStop, lastedSeconds], [true, 'unclean', null]);
  const { heardByThemselves, total, ...parts } = devices;
  assert.equal(
    Object.values(parts).reduce((sum, count) => sum + count),
    total,
  );
  assert.ok(heardByThemselves <= devices.heard);
});

test('its events: of one device, and of all', () => {
  const knowledge = new FakeKnowledge();
  const told = eventBody({ kind: 'recovered', endpoint: 'meter-17', rung: 'restored' }, knowledge);
  assert.deepEqual([told?.type, told?.endpoint, told?.detail], ['RECOVERY', 'meter-17', { how: 'restored' }]);
  const byItself = eventBody({ kind: 'recovered', endpoint: 'meter-17', rung: undefined }, knowledge);
  assert.equal(byItself?.detail.how, 'by itself');
  assert.equal(eventBody({ kind: 'unreachable', endpoint: 'meter-17' }, knowledge)?.detail.how, 'unreachable');
  const all = eventBody({ kind: 'recovery', recovery: knowledge.recovery }, knowledge);
  assert.deepEqual([all?.type, all?.endpoint, all?.detail.devices?.heard], ['RECOVERY', null, 180]);
});
