/** What is learned of a device, and what outlives a restart. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Address, ListenerName } from '../../src/base/address.ts';
import type { Monotonic, Now, Wall } from '../../src/base/instants.ts';
import { limits } from '../../src/base/limits.ts';
import type { Credentials } from '../../src/gateway/credentials.ts';
import { type Connected, Learned } from '../../src/gateway/learned.ts';
import type { Foundations } from '../../src/gateway/part.ts';
import { Step } from '../../src/gateway/step.ts';
import { Uptime } from '../../src/gateway/uptime.ts';

const now: Now = { monotonic: 5_000 as Monotonic, wall: 0 as Wall, wallTrusted: false };
const byDevice: Connected = {
  listener: 'field' as ListenerName,
  address: '192.0.2.1:5' as Address,
  role: 'server',
  resumed: false,
  offered: undefined,
  usesConnectionId: true,
};
const byUs: Connected = { ...byDevice, role: 'client' };

function made(): { learned: Learned; step: Step } {
  const uptime = new Uptime();
  uptime.start(now);
  const foundations = { uptime } as Foundations;
  const credentials = { endpointOf: (identity: string) => identity } as Credentials;
  return { learned: new Learned(foundations, credentials), step: new Step(now) };
}

test('that it answered once is not forgotten for failures: it may be off', () => {
  const { learned, step } = made();
  learned.connected('a', byUs, undefined, step);
  for (let i = 0; i < 10; i++) learned.failedToConnect('a', step);
  assert.deepEqual([learned.of('a')?.handshake, learned.of('a')?.failures], [true, 10]);
});

test('who never answered is taken to ignore handshakes after some failures, until somebody wants to know', () => {
  const { learned, step } = made();
  learned.connected('a', byDevice, undefined, step);
  for (let i = 1; i < limits.connectFailuresMax; i++) learned.failedToConnect('a', step);
  assert.equal(learned.of('a')?.handshake, undefined);
  learned.failedToConnect('a', step);
  assert.equal(learned.of('a')?.handshake, false);
  learned.tryAnew('a', step);
  assert.deepEqual([learned.of('a')?.handshake, learned.of('a')?.failures], [undefined, 0]);
});

test('only a session that the device made with us as client tells whether it resumes', () => {
  const { learned, step } = made();
  learned.connected('a', { ...byUs, offered: 'made-as-server' }, undefined, step);
  assert.equal(learned.of('a')?.resumption, undefined);
  learned.connected('a', { ...byUs, offered: 'made-as-client' }, undefined, step);
  assert.equal(learned.of('a')?.resumption, false);
  learned.connected('a', { ...byUs, offered: 'made-as-server', resumed: true }, undefined, step);
  assert.equal(learned.of('a')?.resumption, true);
});

test('who comes anew after each idle while drops its connection; who speaks over it after one keeps it', () => {
  const { learned, step } = made();
  for (let i = 0; i < limits.dropsMax; i++) {
    assert.equal(learned.of('a')?.keepsConnection, undefined);
    learned.connected('a', byDevice, limits.idleDroppedMs, step);
  }
  assert.equal(learned.of('a')?.keepsConnection, false);
  assert.equal(learned.isBrief('a'), false, 'nobody knows whether it can be shaken hands with');
  learned.connected('a', byUs, undefined, step);
  assert.equal(learned.isBrief('a'), true);
  learned.idled('a', limits.idleKeptMs, step);
  assert.deepEqual([learned.of('a')?.keepsConnection, learned.isBrief('a')], [true, false]);
});

test('what is learned is written soon, and only when it is new; a new start knows it', () => {
  const { learned, step } = made();
  learned.connected('a', byUs, undefined, step);
  const [write] = step.takeWrites('soon');
  assert.ok(write?.value);
  learned.connected('a', byUs, undefined, step);
  assert.deepEqual(step.takeWrites('soon'), []);
  const { learned: next } = made();
  assert.equal(next.restore({ key: write.key, value: write.value }), 'ours');
  assert.deepEqual(next.of('a'), learned.of('a'));
  learned.forget('a', step);
  assert.deepEqual([step.takeWrites('soon')[0]?.value, learned.of('a')], [undefined, undefined]);
});

test('where it is goes into the commit of the connection that says so, once', () => {
  const { learned, step } = made();
  const { listener, address } = byDevice;
  learned.isAt('a', listener, address, 'before-ack', step);
  assert.equal(learned.of('a')?.address, address);
  assert.equal(step.takeWrites('before-ack').length, 1);
  learned.connected('a', byDevice, undefined, step);
  assert.equal(learned.of('a')?.connectionId, true, 'what else is learned may come later');
  learned.isAt('a', listener, address, 'before-ack', step);
  assert.deepEqual(step.takeWrites('before-ack'), []);
});
