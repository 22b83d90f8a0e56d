/** A peer or a record of which the gateway dies each time cannot keep it down; nobody else notices more than a restart. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../src/base/limits.ts';
import type { DeviceState } from '../../../src/gateway/views.ts';
import { bringIn, dropped, inScene, observed, restart, statusOf } from '../../bad-input/scene.ts';
import { Fault } from '../gateway-process.ts';
import type { SimulatedDevice } from '../simulated-device.ts';
import type { World } from '../world.ts';

const viper = { name: 'viper', secure: true, connectionId: true, resumes: true, queueMode: false };

test('a peer of whose input the gateway dies is muted at the third death, and comes back when it is unmuted', () => {
  inScene(321, ({ world }) => {
    const device = bringIn(world, viper);
    world.poison = (kind, name) => {
      if (kind === 'peer' && name === 'secure|viper') throw new Fault();
    };
    const operation = { verb: 'read', path: observed } as const;
    world.operate({ kind: 'operate', endpoint: 'viper', operation, expiresMs: 3_600_000 });
    world.run(120_000);
    assert.equal(world.crashes, limits.deathsInARowMax);
    assert.equal(stateOf(world, 'viper'), 'muted');
    assert.deepEqual(statusOf(world).mutedByBreaker, { count: 1, endpoints: ['viper'] });
    assert.ok(world.events.some((event) => event.kind === 'alarm' && event.code === 'device-muted'));
    assert.ok(world.disk.quarantine.some(({ record }) => record.key === 'rg/viper'));
    assert.ok(!world.disk.kept().some(({ key }) => key === 'rg/viper' || key === 'wi/viper'));

    world.poison = () => {};
    restart(world);
    assert.equal(stateOf(world, 'viper'), 'muted', 'over a restart too');
    device.begin();
    world.run(60_000);
    assert.ok(dropped(world, 'muted') > 0);
    assert.equal(stateOf(world, 'viper'), 'muted');
    world.confirmed({ kind: 'unmute-device', endpoint: 'viper' });
    assert.deepEqual(operationsOf(world, 'viper'), ['queued'], 'what was accepted is kept');
    device.begin();
    world.run(60_000);
    assert.equal(stateOf(world, 'viper'), 'online');
    assert.deepEqual(operationsOf(world, 'viper'), []);
    leave(world, device);
  });
});

test('the input of an address that proved no identity is ignored for a while', () => {
  inScene(322, ({ world, lamp }) => {
    world.poison = (kind, name) => {
      if (kind === 'address' && name === `plain|${lamp.address}`) throw new Fault();
    };
    for (let deaths = 0; deaths < limits.deathsInARowMax; deaths++) {
      lamp.update();
      world.run(5_000);
    }
    assert.equal(world.crashes, limits.deathsInARowMax);
    world.poison = () => {};
    lamp.update();
    world.run(5_000);
    assert.ok(dropped(world, 'muted') > 0);
    world.run(limits.addressMutedMs);
    const drops = dropped(world, 'muted');
    lamp.begin();
    world.run(10_000);
    assert.equal(dropped(world, 'muted'), drops);
    assert.ok(lamp.location, 'it is registered anew');
    leave(world, lamp);
  });
});

test('a record of which every start dies is set aside at the third death', () => {
  inScene(323, ({ world }) => {
    const device = bringIn(world, viper);
    world.poison = (kind, name) => {
      if (kind === 'record' && name === 'rg/viper') throw new Fault();
    };
    world.restart();
    world.run(60_000);
    assert.equal(world.crashes, limits.deathsInARowMax);
    assert.deepEqual(
      world.disk.quarantine.map(({ record }) => record.key),
      ['rg/viper'],
    );
    world.poison = () => {};
    leave(world, device);
  });
});

/** The story goes on without it: that it heard nothing, and began anew, is not what the scene expects of the others. */
function leave(world: World, device: SimulatedDevice): void {
  const { violations } = world.monitor;
  const others = violations.filter((text) => !text.startsWith(`${device.options.name} is in the dark`));
  violations.splice(0, violations.length, ...others);
  world.devices.splice(world.devices.indexOf(device), 1);
  device.free();
}

/** The states of what is not over. */
function operationsOf(world: World, endpoint: string): string[] {
  const answer = world.gateway.inspect({ kind: 'device', endpoint });
  const queue = answer.kind === 'device' ? (answer.device?.queue ?? []) : [];
  return queue.map(({ state }) => state);
}

function stateOf(world: World, endpoint: string): DeviceState | undefined {
  const answer = world.gateway.inspect({ kind: 'device', endpoint });
  return answer.kind === 'device' ? answer.device?.state : undefined;
}
