/**
 * Records that were damaged while the power was off: of every kind one, in every way. The start sets it aside and goes on; whoever
 * is not concerned notices nothing, and whoever is comes in again by himself.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { address } from '../../src/base/address.ts';
import { deviceKey } from '../simulation/gateway-process.ts';
import type { SimulatedDevice } from '../simulation/simulated-device.ts';
import type { World } from '../simulation/world.ts';
import { bringIn, checkAllIsWell, dropped, inScene, observed, statusOf } from './scene.ts';
import { locationOf, post, register, Stranger, target } from './stranger.ts';

const kinds = ['as/', 'aw/', 'cr/', 'ev/', 'rg/', 'rl/', 'sn/', 'ss/', 'tk/', 'wi/'] as const;

const base = { secure: true, connectionId: true, resumes: true, queueMode: false };

const damages = {
  'one bit': (value: Uint8Array) => value.map((byte, i) => (i === value.length >> 1 ? byte ^ 16 : byte)),
  'its end': (value: Uint8Array) => value.slice(0, -3),
  everything: (value: Uint8Array) => new Uint8Array(value.length).fill(0xff),
  'all of it gone': () => new Uint8Array(),
};

for (const prefix of kinds) {
  test(`a damaged record of kind ${prefix} is set aside, the others live`, () => {
    inScene(101, ({ world }) => {
      for (const [what, damage] of Object.entries(damages)) {
        const older = new Set(world.disk.kept().map((record) => record.key));
        // Who has a ticket has no session of ours.
        const victim = bringIn(world, { ...base, resumes: prefix !== 'ss/', name: `victim ${what}` });
        checkAllIsWell(world);
        world.gateway.cut();
        world.disk.moveToDatabase();
        const key =
          [...world.disk.records.keys()].find((one) => one.startsWith(prefix) && !older.has(one)) ?? 'tk/keys';
        const whole = world.disk.records.get(key) as Uint8Array;
        assert.ok(key.startsWith(prefix));
        world.disk.records.set(key, damage(whole));
        world.run(10_000, () => world.gateway.ready);
        assert.deepEqual(
          world.disk.quarantine.splice(0).map(({ record }) => record.key),
          [key],
          what,
        );
        // What was acknowledged is lost here by our own hands; the monitor need not know.
        if (prefix === 'ev/') world.disk.records.set(key, whole);
        goesOn(world, victim, prefix);
        checkAllIsWell(world);
        // Over a connection whose window is lost everything could be sent once more.
        const connection = key.replace('aw/', 'as/');
        if (prefix === 'aw/') assert.ok(!world.disk.kept().some((record) => record.key === connection));
      }
    });
  });
}

test('a whole store of damaged records: the gateway serves, and devices come in again', () => {
  inScene(102, ({ world, meter, pump, lamp }) => {
    world.gateway.cut();
    world.disk.moveToDatabase();
    const whole = [...world.disk.records];
    for (const [key, value] of whole) {
      if (!key.startsWith('m/') && !key.startsWith('cr/')) world.disk.records.set(key, damages['one bit'](value));
    }
    world.run(10_000, () => world.gateway.ready);
    assert.ok(world.gateway.ready);
    assert.ok(world.disk.quarantine.length >= 15);
    assert.equal(statusOf(world).store, 'ok');
    // What was acknowledged is lost here by our own hands; the monitor need not know.
    for (const [key, value] of whole) if (key.startsWith('ev/')) world.disk.records.set(key, value);
    for (const device of [meter, pump, lamp]) device.begin();
    world.run(10_000);
    for (const device of [meter, pump, lamp]) {
      assert.ok(device.location);
      world.operate({ kind: 'observe', endpoint: device.options.name, path: observed });
      world.run(5_000);
    }
  });
});

test('a device whose key was set aside keeps its connection, but registers as nobody else', () => {
  inScene(103, ({ world }) => {
    world.operate({
      kind: 'add-device',
      endpoint: 'stranger',
      identity: 'stranger',
      key: deviceKey('stranger'),
      replace: false,
    });
    world.run(5_000);
    const stranger = new Stranger(world, address('198.51.100.66', 4_000), true);
    stranger.connect({ identity: 'stranger' });
    const location = locationOf(stranger.asks(register('stranger')));
    world.gateway.cut();
    world.disk.moveToDatabase();
    world.disk.records.set('cr/stranger', new Uint8Array(20));
    world.run(10_000, () => world.gateway.ready);
    assert.equal(world.disk.quarantine.length, 1);
    assert.equal(stranger.asks(post(location)).code, '2.04');
    assert.equal(stranger.asks(register('meter')).code, '4.00');
    assert.equal(stranger.asks(register('unheard-of')).code, '4.00');
    assert.equal(dropped(world, 'endpoint-not-allowed'), 2);
    const again = locationOf(stranger.asks(register('stranger')));
    assert.equal(stranger.asks({ code: '0.04', options: target(again) }).code, '2.02');
    for (const name of ['meter', 'unheard-of', 'stranger'])
      assert.equal(stranger.asks(register(name)).code, '4.03', name);
    assert.equal(dropped(world, 'no-credential'), 3);
    stranger.free();
  });
});

/** What the device has to do by itself after its record was set aside, and what an operator has to. */
function goesOn(world: World, victim: SimulatedDevice, prefix: (typeof kinds)[number]): void {
  const { name } = victim.options;
  if (['as/', 'aw/', 'rg/'].includes(prefix)) {
    victim.begin();
  } else {
    victim.update();
  }
  world.run(10_000);
  if (prefix === 'cr/') world.addKey(victim);
  if (prefix === 'wi/') {
    world.operate({ kind: 'observe', endpoint: name, path: observed });
    world.run(10_000);
  }
  if (prefix !== 'ss/' && prefix !== 'tk/') return;
  // Its session is not known any more: a full handshake serves as well.
  victim.begin();
  world.run(10_000);
}
