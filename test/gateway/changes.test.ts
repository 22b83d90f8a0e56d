/** A change by an operator is an event: what it was and who it was stand apart, since readers put them together. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OperatorAction } from '../../src/gateway/operator.ts';
import { inScene } from '../bad-input/scene.ts';
import { deviceKey } from '../simulation/gateway-process.ts';
import type { World } from '../simulation/world.ts';

test('adding, replacing and removing a device', () => {
  inScene(91, ({ world }) => {
    const add = { kind: 'add-device', endpoint: 'x', identity: 'x', key: deviceKey('x'), replace: true } as const;
    assert.deepEqual(changed(world, add), ['added', 'ops']);
    assert.deepEqual(changed(world, add), ['key replaced', 'ops']);
    const remove = { kind: 'remove-device', endpoint: 'x', keepCredentials: true } as const;
    assert.deepEqual(changed(world, remove), ['removed, its key kept', 'ops']);
    assert.deepEqual(changed(world, { ...remove, keepCredentials: false }), ['removed', 'ops']);
  });
});

test('a device whose key is replaced loses its connection at once, and comes back with the new one', () => {
  inScene(92, ({ world, meter }) => {
    const key = deviceKey('meter');
    const replace = { kind: 'add-device', endpoint: 'meter', identity: 'meter', key, replace: true } as const;
    const handshakes = handshakesOf(world);
    changed(world, replace);
    assert.equal(connectionOf(world), 'none');
    meter.begin();
    world.run(10_000);
    assert.equal(connectionOf(world), 'live');
    assert.equal(handshakesOf(world), handshakes + 1);
  });
});

function changed(world: World, action: OperatorAction): readonly (string | undefined)[] {
  world.confirmed(action);
  world.run(100);
  const change = world.events.find((event) => event.kind === 'change');
  return [change?.text, change?.account];
}

function connectionOf(world: World): string | undefined {
  const answer = world.gateway.inspect({ kind: 'device', endpoint: 'meter' });
  return answer.kind === 'device' ? answer.device?.connection : undefined;
}

function handshakesOf(world: World): number {
  const answer = world.gateway.inspect({ kind: 'status' });
  return answer.kind === 'status' ? answer.status.sinceStart.handshakes : 0;
}
