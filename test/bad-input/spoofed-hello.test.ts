/**
 * A ClientHello with a valid cookie that seems to come from an established device: the attacker sees what is sent to the device's
 * address, so he can answer the cookie. He does not have the key. The established connection lives on, both ways.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8Encode } from '../../src/base/bytes.ts';
import type { SimulatedDevice } from '../simulation/simulated-device.ts';
import type { World } from '../simulation/world.ts';
import { checkAllIsWell, dropped, inScene, refusals, restart, type Scene } from './scene.ts';
import { Stranger } from './stranger.ts';

const victims = { meter: 'with a connection ID', pump: 'without one' } as const;
/** How long the gateway repeats its flight of a handshake that nobody goes on with (RFC 6347 section 4.2.4.1). */
const handshakeLastsMs = 150_000;
const wrongKey = utf8Encode('not this one');

for (const [name, what] of Object.entries(victims) as [keyof typeof victims, string][]) {
  test(`he goes no further than the ClientHello (device ${what})`, () => {
    inScene(41, (scene) => {
      const { world } = scene;
      const attacker = hello(world, victim(scene, name));
      checkAllIsWell(world);
      // Until his handshake has ended, and after it.
      world.run(handshakeLastsMs);
      assert.equal(dropped(world, 'handshake-timeout'), 1);
      attacker.free();
    });
  });

  test(`he goes on with a wrong key (device ${what})`, () => {
    inScene(42, (scene) => {
      const { world } = scene;
      const attacker = new Stranger(world, victim(scene, name).address, true);
      attacker.connect({ identity: name, key: wrongKey });
      assert.equal(attacker.established, false);
      assert.equal(attacker.ended?.kind, 'fatal-alert');
      assert.ok(dropped(world, 'wrong-key') > 1);
      assert.equal(refusals(world).length, 1);
      attacker.free();
    });
  });

  test(`he does it again and again, and after a cut (device ${what})`, () => {
    inScene(43, (scene) => {
      const { world } = scene;
      for (let i = 0; i < 30; i++) {
        hello(world, victim(scene, name)).free();
        victim(scene, name).notify();
        world.run(500);
      }
      assert.ok(dropped(world, 'client-hello-too-soon') > 0);
      checkAllIsWell(world);
      restart(world);
      hello(world, victim(scene, name)).free();
    });
  });
}

test('his ClientHello of an earlier address does not open the one of today', () => {
  inScene(45, ({ world, meter }) => {
    const attacker = hello(world, meter);
    const [, withCookie] = attacker.thrown;
    meter.move();
    assert.ok(withCookie);
    const before = dropped(world, 'handshake-timeout');
    const elsewhere = new Stranger(world, meter.address, true);
    elsewhere.throws(withCookie);
    world.run(handshakeLastsMs);
    assert.equal(elsewhere.datagrams.length, 1, 'he is asked for a cookie');
    assert.equal(dropped(world, 'handshake-timeout') - before, 1, 'his own from the old address');
    attacker.free();
    elsewhere.free();
  });
});

/** A handshake from the device's address that stops after the ClientHello with its cookie. */
function hello(world: World, device: SimulatedDevice): Stranger {
  const attacker = new Stranger(world, device.address, true);
  attacker.alters = (datagram) => (attacker.thrown.length > 1 ? new Uint8Array() : datagram);
  attacker.throws(attacker.hello({ identity: device.options.name, key: wrongKey }));
  world.run(100);
  assert.equal(attacker.thrown.filter(({ length }) => length > 0).length, 2);
  return attacker;
}

function victim(scene: Scene, name: keyof typeof victims): SimulatedDevice {
  return scene[name];
}
