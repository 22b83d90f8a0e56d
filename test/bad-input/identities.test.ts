/** Devices that are not who they say: wrong keys, unknown identities, and hands on what belongs to somebody else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { address } from '../../src/base/address.ts';
import { utf8Encode } from '../../src/base/bytes.ts';
import { deviceKey } from '../simulation/gateway-process.ts';
import type { World } from '../simulation/world.ts';
import { bringIn, dropped, inScene, refusals, type Scene } from './scene.ts';
import { locationOf, post, register, Stranger, target } from './stranger.ts';

const elsewhere = address('198.51.100.66', 4_000);

test('a wrong key is refused, counted, and told with the identity', () => {
  inScene(1, ({ world }) => {
    const stranger = new Stranger(world, elsewhere, true);
    stranger.connect({ identity: 'meter', key: utf8Encode('not this one') });
    assert.equal(stranger.established, false);
    // A single Finished that fails may be a stray record; the repetition of his flight draws the alert.
    assert.equal(stranger.ended?.kind, 'fatal-alert');
    assert.ok(dropped(world, 'wrong-key') > 1);
    assert.deepEqual(refusals(world), [{ from: elsewhere, text: 'wrong key for identity "meter"' }]);
    stranger.free();
  });
});

test('an unknown identity is refused, counted, and told', () => {
  inScene(2, ({ world }) => {
    const stranger = new Stranger(world, elsewhere, true);
    stranger.connect({ identity: 'meter-71' });
    assert.equal(stranger.established, false);
    assert.equal(dropped(world, 'unknown-identity'), 1);
    assert.deepEqual(refusals(world), [{ from: elsewhere, text: 'unknown identity "meter-71"' }]);
    stranger.free();
  });
});

test('no common cipher suite is refused, counted, and told', () => {
  inScene(3, ({ world }) => {
    const stranger = new Stranger(world, elsewhere, true);
    stranger.alters = withOtherSuites;
    stranger.connect({ identity: 'meter' });
    assert.equal(stranger.established, false);
    assert.equal(dropped(world, 'no-common-cipher-suite'), 1);
    const text = 'no common cipher suite (it offers only 0xc014, 0xc014, 0xc014 and 4 more)';
    assert.deepEqual(refusals(world), [{ from: elsewhere, text }]);
    stranger.free();
  });
});

test('an identity may not register the endpoint name of somebody else', () => {
  inScene(4, ({ world, meter }) => {
    const stranger = connected(world);
    assert.equal(stranger.asks(register('meter')).code, '4.00');
    assert.equal(stranger.asks(register('somebody-unheard-of')).code, '4.00');
    assert.equal(stranger.asks(register('meter')).code, '4.00');
    assert.equal(dropped(world, 'endpoint-not-allowed'), 3);
    // The same of one host once a minute: the third one is counted only.
    assert.deepEqual(refusals(world), [
      { from: elsewhere, text: 'identity "stranger" may not register as "meter"' },
      { from: elsewhere, text: 'identity "stranger" may not register as "somebody-unheard-of"' },
    ]);
    assert.ok(meter.location);
    stranger.free();
  });
});

test('what belongs to another registration cannot be touched', () => {
  inScene(5, (scene) => {
    const { world } = scene;
    const stranger = connected(world);
    for (const location of locations(scene)) {
      assert.equal(stranger.asks(post(`${location}?lt=1`)).code, '4.00', 'Update');
      assert.equal(stranger.asks({ code: '0.04', options: target(location) }).code, '4.00', 'De-register');
      assert.equal(stranger.asks({ code: '0.01', options: target(location) }).code, '4.00', 'Read');
    }
    stranger.free();
  });
});

test('the same without DTLS: nobody else has the address of the registration', () => {
  inScene(6, (scene) => {
    const { world } = scene;
    const stranger = new Stranger(world, elsewhere, false);
    for (const location of locations(scene)) {
      assert.equal(stranger.asks(post(`${location}?lt=1`)).code, '4.00', 'Update');
      assert.equal(stranger.asks({ code: '0.04', options: target(location) }).code, '4.00', 'De-register');
    }
    stranger.free();
  });
});

test('a Send of somebody who is not registered is refused, and nothing of it is kept', () => {
  inScene(7, ({ world }) => {
    const stranger = connected(world);
    const plain = new Stranger(world, address('198.51.100.67', 4_000), false);
    const body = JSON.stringify([{ n: '/3300/0/5700', v: 1 }]);
    const before = world.loggedReports().length;
    for (const one of [stranger, plain]) assert.equal(one.asks(post('/dp', body, 110)).code, '4.04');
    assert.equal(world.loggedReports().length, before);
    stranger.free();
    plain.free();
  });
});

test('an endpoint that has a key may not register without DTLS, registered or not', () => {
  inScene(8, ({ world }) => {
    addKey(world, 'spare');
    const stranger = new Stranger(world, elsewhere, false);
    assert.equal(stranger.asks(register('meter')).code, '4.03');
    assert.equal(stranger.asks(register('spare')).code, '4.03');
    assert.deepEqual(refusals(world), [
      { from: elsewhere, text: '"meter" has a key and may not register without DTLS' },
      { from: elsewhere, text: '"spare" has a key and may not register without DTLS' },
    ]);
    stranger.free();
  });
});

test('a device that registers again at home has a location of its own, and the old one is nobody’s', () => {
  inScene(9, ({ world }) => {
    const stranger = connected(world);
    const first = locationOf(stranger.asks(register('stranger')));
    const second = locationOf(stranger.asks(register('stranger')));
    assert.notEqual(first, second);
    assert.equal(stranger.asks(post(`${first}?lt=1`)).code, '4.04');
    assert.equal(stranger.asks(post(second)).code, '2.04');
    stranger.free();
  });
});

/** Somebody with a key of his own. */
function connected(world: World): Stranger {
  addKey(world, 'stranger');
  const stranger = new Stranger(world, elsewhere, true);
  stranger.connect({ identity: 'stranger' });
  assert.ok(stranger.established);
  return stranger;
}

function addKey(world: World, name: string): void {
  world.operate({ kind: 'add-device', endpoint: name, identity: name, key: deviceKey(name), replace: false });
  world.run(5_000);
}

function locations({ meter, pump, lamp }: Scene): string[] {
  return [meter, pump, lamp].map(({ location = [] }) => `/${location.join('/')}`);
}

/** A ClientHello with cipher suites that nobody here has (RFC 6347 section 4.2.1 tells where they are). */
function withOtherSuites(hello: Uint8Array): Uint8Array {
  const altered = hello.slice();
  const view = new DataView(altered.buffer);
  const sessionIdAt = 13 + 12 + 34;
  const cookieAt = sessionIdAt + 1 + view.getUint8(sessionIdAt);
  const suitesAt = cookieAt + 1 + view.getUint8(cookieAt);
  const end = suitesAt + 2 + view.getUint16(suitesAt);
  for (let at = suitesAt + 2; at < end; at += 2) view.setUint16(at, 0xc014);
  return altered;
}

test('an identity that looks like an address without DTLS draws no datagram to that address', () => {
  inScene(59, ({ world }) => {
    const victim = address('203.0.113.9', 5_683);
    let datagrams = 0;
    world.listening.set(victim, () => void datagrams++);
    bringIn(world, { name: `udp:${victim}`, secure: true, connectionId: true, resumes: false, queueMode: false });
    world.gateway.cut();
    world.run(10_000);
    assert.equal(datagrams, 0);
  });
});
