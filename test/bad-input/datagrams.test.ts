/** Datagrams that are nothing, or not what they say, on every listener: each is a counted drop, and nobody notices. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generate } from 'coap-packet';
import { type Address, address, type ListenerName } from '../../src/base/address.ts';
import type { DropReason } from '../../src/base/drop-reason.ts';
import { limits } from '../../src/base/limits.ts';
import { plainListener, secureListener } from '../simulation/gateway-process.ts';
import { Random } from '../simulation/random.ts';
import type { SimulatedDevice } from '../simulation/simulated-device.ts';
import type { World } from '../simulation/world.ts';
import { dropped, inScene, statusOf, withheld } from './scene.ts';
import { register, Stranger } from './stranger.ts';

const elsewhere = address('198.51.100.66', 4_000);
const datagramsPerRun = 3_000;

test('random datagrams on the secure listener, from strangers and from where devices are', () => {
  inScene(11, ({ world, meter, pump }) => {
    const random = new Random(11);
    throwRandom(world, random, secureListener, [elsewhere, meter.address, pump.address]);
    assert.ok(dropped(world, 'malformed-record') > datagramsPerRun / 2);
  });
});

test('random datagrams that look like DTLS records', () => {
  inScene(12, ({ world, meter, pump }) => {
    const random = new Random(12);
    const from = [elsewhere, meter.address, pump.address];
    for (let i = 0; i < datagramsPerRun; i++) {
      world.gateway.receive(secureListener, random.pick(from), randomRecord(random));
      if (i % 100 === 99) world.run(2_000);
    }
    const reasons: DropReason[] = [
      'no-association',
      'authentication-failed',
      'malformed-record',
      'fragmented-client-hello',
    ];
    for (const reason of reasons) assert.ok(dropped(world, reason) > 0, reason);
  });
});

test('random datagrams on the plain listener, from strangers and from where a device is', () => {
  inScene(13, ({ world, lamp }) => {
    const random = new Random(13);
    throwRandom(world, random, plainListener, [elsewhere, lamp.address]);
    for (const reason of ['malformed-message', 'unknown-version'] as const) {
      assert.ok(dropped(world, reason) > 100, reason);
    }
  });
});

test('every beginning of what devices send, and every flipped bit of it', () => {
  inScene(14, ({ world, meter, pump, lamp }) => {
    for (const device of [meter, pump, lamp]) {
      const listener = device.options.secure ? secureListener : plainListener;
      for (const bytes of recorded(world, device)) {
        for (let end = 0; end < bytes.length; end++) world.gateway.receive(listener, elsewhere, bytes.slice(0, end));
        world.run(2_000);
        if (listener === secureListener) flipBits(world, device, bytes);
      }
    }
    const { drops } = statusOf(world);
    assert.ok(drops.some(({ reason }) => reason === 'authentication-failed' || reason === 'no-association'));
    assert.ok(dropped(world, 'malformed-record') > 100);
  });
});

test('a datagram that is too long is dropped before anybody looks into it', () => {
  inScene(15, ({ world, meter, lamp }) => {
    const long = new Uint8Array(limits.datagramBytesMax + 1).fill(0x40);
    world.gateway.receive(secureListener, meter.address, long);
    world.gateway.receive(plainListener, lamp.address, long);
    world.gateway.receive(plainListener, elsewhere, new Uint8Array(65_507));
    assert.equal(dropped(world, 'datagram-too-long'), 3);
  });
});

test('a datagram of a listener that is not configured is dropped', () => {
  inScene(16, ({ world, lamp }) => {
    world.gateway.receive('nowhere' as ListenerName, lamp.address, Uint8Array.of(0x40, 0, 0, 1));
    assert.equal(dropped(world, 'unknown-listener'), 1);
  });
});

test('an empty datagram is nothing', () => {
  inScene(17, ({ world, meter, lamp }) => {
    world.gateway.receive(secureListener, meter.address, new Uint8Array());
    world.gateway.receive(plainListener, lamp.address, new Uint8Array());
    assert.equal(dropped(world, 'malformed-message'), 1);
  });
});

test('plain CoAP on the secure listener gets no answer', () => {
  inScene(18, ({ world, meter }) => {
    const before = statusOf(world).devices;
    const stranger = new Stranger(world, elsewhere, true);
    stranger.throws(generate({ ...register('intruder'), messageId: 1, confirmable: true }));
    world.gateway.receive(secureListener, meter.address, generate({ code: '0.01', messageId: 2, confirmable: true }));
    world.run(5_000);
    assert.deepEqual(stranger.datagrams, []);
    assert.equal(dropped(world, 'malformed-record'), 2);
    assert.deepEqual(statusOf(world).devices, before);
    stranger.free();
  });
});

test('DTLS on the plain listener gets no handshake', () => {
  inScene(19, ({ world, meter }) => {
    const stranger = new Stranger(world, elsewhere, true);
    const hello = stranger.hello({ identity: 'meter' });
    world.gateway.receive(plainListener, elsewhere, hello);
    for (const bytes of recorded(world, meter)) world.gateway.receive(plainListener, elsewhere, bytes);
    world.run(5_000);
    assert.equal(stranger.datagrams.length, 0);
    assert.ok(dropped(world, 'malformed-message') + dropped(world, 'unknown-version') >= 2);
    stranger.free();
  });
});

function throwRandom(world: World, random: Random, listener: ListenerName, from: readonly Address[]): void {
  for (let i = 0; i < datagramsPerRun; i++) {
    const bytes = new Uint8Array(random.between(1, random.pick([8, 40, 300, 1_500])));
    random.fill(bytes);
    world.gateway.receive(listener, random.pick(from), bytes);
    // Slowly enough for the rate limits: they have tests of their own.
    if (i % 50 === 49) world.run(4_000);
  }
}

/** A header that could be one, with anything behind it. */
function randomRecord(random: Random): Uint8Array {
  const bytes = new Uint8Array(13 + random.between(1, 200));
  random.fill(bytes);
  bytes.set([random.between(20, 25), 0xfe, random.pick([0xfd, 0xff]), 0, random.pick([0, 0, 1])]);
  new DataView(bytes.buffer).setUint16(11, bytes.length - 13);
  if (bytes[0] === 22 && bytes[4] === 0) bytes[13] = random.pick([1, 1, 2, 14, 16, 20]);
  if (bytes[0] === 25 && bytes.length > 23) new DataView(bytes.buffer).setUint16(19, bytes.length - 21);
  return bytes;
}

/** What this device sends for a notification and an Update. */
function recorded(world: World, device: SimulatedDevice): Uint8Array[] {
  const datagrams = withheld(world, () => {
    device.notify();
    device.update();
  });
  assert.equal(datagrams.length, 2);
  return datagrams;
}

function flipBits(world: World, device: SimulatedDevice, bytes: Uint8Array): void {
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = bytes.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
    world.gateway.receive(secureListener, device.address, flipped);
    if (bit % 100 === 99) world.run(1_000);
  }
}
