/**
 * An attacker recorded everything that a device sent and sends it again: in the same life, after a cut, after a clean stop, from
 * the device's address and from one of his own. Nothing durable happens a second time, and nobody's address moves.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Address, address } from '../../src/base/address.ts';
import { limits } from '../../src/base/limits.ts';
import type { DeviceDetail } from '../../src/gateway/views.ts';
import { plainListener, secureListener } from '../simulation/gateway-process.ts';
import type { SimulatedDevice } from '../simulation/simulated-device.ts';
import type { World } from '../simulation/world.ts';
import { bringIn, checkAllIsWell, dropped, inScene, restart, statusOf, withheld } from './scene.ts';

const elsewhere = address('198.51.100.66', 4_000);

const kinds = [
  { name: 'valve', secure: true, connectionId: true, what: 'with connection ID' },
  { name: 'sump', secure: true, connectionId: false, what: 'without connection ID' },
  { name: 'bulb', secure: false, connectionId: false, what: 'without DTLS' },
];

for (const { what, ...kind } of kinds) {
  for (const when of ['in the same life', 'after a cut'] as const) {
    test(`everything of a device ${what} again, ${when}, from its own address`, () => {
      inScene(31, ({ world }) => {
        const { device, datagrams } = recordedLife(world, kind);
        const before = durable(world, device);
        if (when === 'after a cut') restart(world);
        // CoAP forgets what came so long ago; the receive window does not, whatever happened to the power.
        if (device.options.secure) world.run(limits.exchangeLifetimeMs);
        const repeated = dropped(world, 'duplicate');
        again(world, device, datagrams, device.address);
        assert.deepEqual(durable(world, device), before);
        assert.equal(dropped(world, device.options.secure ? 'replayed-record' : 'duplicate') > 0, true);
        if (device.options.secure) assert.equal(dropped(world, 'duplicate'), repeated, 'none of it reaches CoAP');
      });
    });

    test(`everything of a device ${what} again, ${when}, from elsewhere`, () => {
      inScene(32, ({ world }) => {
        const { device, datagrams } = recordedLife(world, kind);
        const before = durable(world, device);
        if (when === 'after a cut') restart(world);
        const got: Uint8Array[] = [];
        world.listening.set(elsewhere, (bytes) => void got.push(bytes));
        const bytes = again(world, device, datagrams.filter(mayComeFromElsewhere), elsewhere);
        assert.deepEqual(durable(world, device), before);
        assert.equal(statusOf(world).sinceStart.registrations, when === 'after a cut' ? 0 : 4);
        const gotBytes = got.reduce((sum, { length }) => sum + length, 0);
        assert.ok(gotBytes < bytes, 'nothing is amplified');
        // What is needed of the device goes to the device.
        got.length = 0;
        checkAllIsWell(world);
        assert.deepEqual(got, []);
      });
    });
  }
}

test('a message whose effect was lost with the power is carried out when it comes late, and only once', () => {
  inScene(33, ({ world, meter }) => {
    const datagrams = withheld(world, () => meter.notify());
    const { acknowledgedCount } = world.monitor;
    world.gateway.receive(secureListener, meter.address, datagrams[0] as Uint8Array);
    restart(world);
    for (let i = 0; i < 5; i++) {
      again(world, meter, datagrams, meter.address);
      again(world, meter, datagrams, elsewhere);
    }
    world.run(30_000);
    assert.equal(world.monitor.acknowledgedCount, acknowledgedCount + 1, 'acknowledged once');
  });
});

test('an Update whose time was lost with the power is answered again, but moves nobody', () => {
  inScene(34, ({ world, meter }) => {
    const got: Uint8Array[] = [];
    world.listening.set(elsewhere, (bytes) => void got.push(bytes));
    const datagrams = withheld(world, () => meter.update());
    world.gateway.receive(secureListener, meter.address, datagrams[0] as Uint8Array);
    restart(world);
    const bytes = again(world, meter, datagrams, elsewhere);
    const gotBytes = got.reduce((sum, { length }) => sum + length, 0);
    assert.ok(got.length > 0 && gotBytes <= 3 * bytes, 'the rules of address moves allow so much');
    assert.equal(detailOf(world, meter).address, meter.address);
  });
});

/** A device comes in, reports and updates, and everything of it is acknowledged. Returns all that it sent. */
function recordedLife(world: World, kind: { name: string; secure: boolean; connectionId: boolean }) {
  const datagrams: Uint8Array[] = [];
  const { send } = world;
  world.send = (device, bytes) => {
    if (device.options.name === kind.name) datagrams.push(bytes.slice());
    send.call(world, device, bytes);
  };
  const device = bringIn(world, { ...kind, resumes: false, queueMode: false });
  for (let i = 0; i < 5; i++) {
    device.notify();
    device.sendReport();
    device.update(700 + i);
    world.run(5_000);
  }
  checkAllIsWell(world);
  // Also what is written soon is durable now.
  world.run(120_000);
  world.send = send;
  assert.ok(datagrams.length > 15);
  return { device, datagrams };
}

/** Without DTLS nothing tells a Register of somebody else's device from one that a device makes at a new address. */
function mayComeFromElsewhere(datagram: Uint8Array): boolean {
  return !new TextDecoder('latin1').decode(datagram).includes('lwm2m=');
}

/** Sends it all from there. Returns how many bytes that were. */
function again(world: World, device: SimulatedDevice, datagrams: readonly Uint8Array[], from: Address): number {
  const listener = device.options.secure ? secureListener : plainListener;
  let bytes = 0;
  for (const datagram of datagrams) {
    world.gateway.receive(listener, from, datagram.slice());
    world.run(200);
    bytes += datagram.length;
  }
  world.run(5_000);
  return bytes;
}

/** What must not change: the event log, the registration, and where the device is. */
function durable(world: World, device: SimulatedDevice) {
  const detail = detailOf(world, device);
  const { registrationId, registeredAtWall, lifetimeSeconds, observationList, dtls } = detail;
  // After a start it is not known before it speaks.
  const isAtHome = detail.address === undefined || detail.address === device.address;
  const records = world.disk.kept().filter(({ key }) => /^(rg|as|rl|wi|cr)\//.test(key));
  return {
    events: world.loggedReports().map(({ device: name, number, messageId }) => `${name} ${number} ${messageId}`),
    records: records.map(({ key, value }) => `${key} ${value}`),
    device: { registrationId, registeredAtWall, lifetimeSeconds, isAtHome, dtls: dtls?.suite },
    observations: observationList.map(({ path, state }) => ({ path, state })),
  };
}

function detailOf(world: World, device: SimulatedDevice): DeviceDetail {
  const answer = world.gateway.inspect({ kind: 'device', endpoint: device.options.name });
  return (answer as Extract<typeof answer, { kind: 'device' }>).device as DeviceDetail;
}
