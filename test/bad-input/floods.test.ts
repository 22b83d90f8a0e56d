/** Too much of everything: handshakes, messages of one peer, datagrams of one host, hosts. Limits count it; others are served. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generate } from 'coap-packet';
import { type Address, address, type PeerId } from '../../src/base/address.ts';
import type { Monotonic } from '../../src/base/instants.ts';
import { limits } from '../../src/base/limits.ts';
import { Peers, plainPeerId } from '../../src/gateway/peers.ts';
import { deviceKey, plainListener, secureListener } from '../simulation/gateway-process.ts';
import type { World } from '../simulation/world.ts';
import { bringIn, checkAllIsWell, dropped, inScene, refusals } from './scene.ts';
import { register, Stranger } from './stranger.ts';

/** How long the gateway repeats its flight of a handshake that nobody goes on with. */
const handshakeLastsMs = 150_000;
const fresh = { secure: true, connectionId: true, resumes: false, queueMode: false };

test('a host opens so many handshakes and no more; others come in meanwhile, it itself afterwards', () => {
  inScene(71, ({ world }) => {
    const attempts = limits.handshakesPendingPerSourceMax + 10;
    for (let i = 0; i < attempts; i++) halfHandshake(world, address('198.51.100.66', 1_000 + i));
    assert.equal(dropped(world, 'too-many-handshakes'), 10);
    assert.deepEqual(
      refusals(world).map(({ text }) => text),
      ['too many handshakes at once'],
    );
    checkAllIsWell(world);
    bringIn(world, { ...fresh, name: 'newcomer' });
    world.run(handshakeLastsMs);
    assert.equal(dropped(world, 'handshake-timeout'), limits.handshakesPendingPerSourceMax);
    assert.ok(connects(world, address('198.51.100.66', 999)));
  });
});

test('many hosts open so many handshakes and no more; established devices go on, newcomers come in afterwards', () => {
  inScene(72, ({ world }) => {
    const hosts = limits.handshakesPendingMax / 10 + 5;
    for (let i = 0; i < hosts * 10; i++) halfHandshake(world, address(`198.51.100.${i % hosts}`, 1_000 + i));
    assert.equal(dropped(world, 'too-many-handshakes'), 50);
    assert.equal(refusals(world).length, limits.refusalsPerMinute, 'not one line for each');
    checkAllIsWell(world);
    world.run(handshakeLastsMs);
    assert.equal(dropped(world, 'handshake-timeout'), limits.handshakesPendingMax);
    bringIn(world, { ...fresh, name: 'newcomer' });
  });
});

test('ClientHellos without a cookie cost nothing, however many come from wherever', () => {
  inScene(73, ({ world }) => {
    const stranger = new Stranger(world, address('198.51.100.66', 1), true);
    const hello = stranger.hello({ identity: 'meter' });
    for (let i = 0; i < 3_000; i++) {
      world.gateway.receive(secureListener, address(`203.0.113.${i % 250}`, 1_000 + i), hello);
    }
    assert.equal(dropped(world, 'too-many-handshakes'), 0);
    bringIn(world, { ...fresh, name: 'newcomer' });
    stranger.free();
  });
});

test('a peer that says too much is not heard for a while; then it is again', () => {
  inScene(74, ({ world }) => {
    addKey(world, 'chatty');
    for (const [at, secure] of [
      [1, true],
      [2, false],
    ] as const) {
      const stranger = new Stranger(world, address('198.51.100.66', at), secure);
      if (secure) stranger.connect({ identity: 'chatty' });
      const before = dropped(world, 'rate-limit-peer');
      const tooMany = limits.peerMessagesBurst + 100;
      for (let i = 0; i < tooMany; i++) stranger.says({ code: '0.01', confirmable: false, messageId: 1_000 + i });
      assert.equal(dropped(world, 'rate-limit-peer'), before + 100);
      world.run(5_000);
      assert.equal(stranger.asks({ ...register(secure ? 'chatty' : 'plain-chatty') }).code, '2.01');
      stranger.free();
    }
  });
});

test('a host that sends too much is not heard for a while; a device on another host is', () => {
  inScene(75, ({ world, meter, lamp }) => {
    const flood = () => {
      for (let i = 0; i < limits.sourceDatagramsBurst + 500; i++) {
        const secure = i % 2 === 0;
        const bytes = secure ? Uint8Array.of(22, 0xfe, 0xfd, 0, 0) : Uint8Array.of(0x40);
        world.gateway.receive(secure ? secureListener : plainListener, address('198.51.100.66', 1_000 + i), bytes);
      }
    };
    flood();
    assert.equal(dropped(world, 'rate-limit-source'), 500);
    const acknowledged = world.monitor.acknowledgedCount;
    meter.notify();
    lamp.notify();
    world.run(3_000);
    assert.equal(world.monitor.acknowledgedCount, acknowledged + 2);
    flood();
    checkAllIsWell(world);
    assert.ok(connects(world, address('198.51.100.66', 999)));
  });
});

test('a device behind the address of a flood gets through when the flood is over, and nothing of it is lost', () => {
  inScene(76, ({ world, meter, pump }) => {
    const acknowledged = world.monitor.acknowledgedCount;
    meter.notify();
    pump.sendReport();
    for (let second = 0; second < 8; second++) {
      for (let i = 0; i < 1_000; i++) world.gateway.receive(secureListener, meter.address, Uint8Array.of(22));
      world.run(1_000);
    }
    assert.ok(dropped(world, 'rate-limit-source') > 5_000);
    world.run(60_000);
    assert.equal(world.monitor.acknowledgedCount, acknowledged + 2);
  });
});

test('messages without DTLS from ever more addresses: the registered device is not forgotten for them', () => {
  inScene(77, ({ world }) => {
    const bytes = generate({ code: '0.01', messageId: 1, confirmable: false });
    for (let i = 0; i < limits.peersMax + 1_000; i++) {
      world.gateway.receive(plainListener, address(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, 5_683), bytes);
      if (i % 1_000 === 0) world.run(20);
    }
  });
});

test('of peers without identity and registration the oldest make room', () => {
  const at = (i: number) => plainPeerId(plainListener, address('192.0.2.1', i));
  const peers = new Peers((id) => id === at(0));
  const now = 0 as Monotonic;
  const meter = peers.made('secure|meter' as PeerId, secureListener, 'meter', now);
  for (let i = 0; i < limits.peersMax; i++) peers.made(at(i), plainListener, undefined, now);
  assert.equal(peers.get(meter.id), meter);
  assert.ok(peers.get(at(0)));
  assert.equal(peers.get(at(1)), undefined);
  assert.ok(peers.get(at(limits.peersMax - 1)));
});

/** A handshake that stops where the gateway waits for the key exchange. */
function halfHandshake(world: World, from: Address): void {
  const stranger = new Stranger(world, from, true);
  stranger.alters = (datagram) => (stranger.thrown.length > 1 ? new Uint8Array() : datagram);
  stranger.throws(stranger.hello({ identity: 'meter' }));
  world.run(11);
  stranger.free();
}

/** Whether somebody with a key comes in from there. */
function connects(world: World, from: Address): boolean {
  addKey(world, 'visitor');
  const stranger = new Stranger(world, from, true);
  stranger.connect({ identity: 'visitor' });
  const { established } = stranger;
  stranger.free();
  return established;
}

function addKey(world: World, name: string): void {
  world.operate({ kind: 'add-device', endpoint: name, identity: name, key: deviceKey(name), replace: false });
  world.run(5_000);
}
