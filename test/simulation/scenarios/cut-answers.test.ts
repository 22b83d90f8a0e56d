/** The power goes when something is durable and its answer has not arrived: the device repeats, and gets the same answer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../../src/base/bytes.ts';
import { inScene } from '../../bad-input/scene.ts';
import { perfectNetwork, type World } from '../world.ts';

const silence = { ...perfectNetwork, lossProbability: 1 };

test('a notification whose ACK was cut off is acknowledged after the restart, and is in the event log once', () => {
  inScene(301, ({ world, meter }) => {
    const acknowledged = world.monitor.acknowledgedCount;
    meter.notify();
    cutWhenDurable(world, () => timesLogged(world, 'meter', meter.number) > 0);
    assert.equal(world.monitor.acknowledgedCount, acknowledged);
    world.run(10_000);
    assert.equal(world.monitor.acknowledgedCount, acknowledged + 1);
    assert.equal(timesLogged(world, 'meter', meter.number), 1);
  });
});

test('a Send whose answer was cut off is answered after the restart, and is in the event log once', () => {
  inScene(302, ({ world, lamp }) => {
    const acknowledged = world.monitor.acknowledgedCount;
    lamp.sendReport();
    cutWhenDurable(world, () => timesLogged(world, 'lamp', lamp.number) > 0);
    world.run(10_000);
    assert.equal(world.monitor.acknowledgedCount, acknowledged + 1);
    assert.equal(timesLogged(world, 'lamp', lamp.number), 1);
  });
});

test('a Register whose answer was cut off gets the same location again, over the same connection', () => {
  inScene(303, ({ world, meter }) => {
    const before = registrationKept(world);
    assert.ok(before);
    const { handshakes, registrations } = meter;
    meter.begin();
    world.run(5_000, () => meter.established);
    cutWhenDurable(world, () => registrationKept(world) !== before);
    world.run(1_000);
    assert.equal(meter.location, undefined);
    const kept = locationKept(world);
    world.run(10_000);
    assert.deepEqual(meter.location, ['rd', kept]);
    assert.deepEqual([meter.handshakes, meter.registrations], [handshakes + 1, registrations + 1]);
  });
});

test('a De-register whose answer was cut off is confirmed after the restart, with DTLS and without', () => {
  inScene(304, ({ world, meter, lamp }) => {
    for (const device of [meter, lamp]) {
      const { name } = device.options;
      const { registrations } = device;
      device.leave();
      cutWhenDurable(world, () => isGone(world, name));
      world.run(10_000);
      assert.deepEqual(world.monitor.violations, []);
      assert.equal(device.registrations, registrations + 1);
    }
  });
});

/** Runs until something is durable, loses the answer that it releases, and cuts the power. */
function cutWhenDurable(world: World, isDurable: () => boolean): void {
  // The message arrives; from then on nothing does.
  world.run(perfectNetwork.delayMaxMs);
  world.network = silence;
  world.run(5_000, isDurable);
  assert.ok(isDurable());
  world.gateway.cut('after it was durable');
  world.network = perfectNetwork;
}

function timesLogged(world: World, device: string, number: number): number {
  return world.loggedReports().filter((report) => report.device === device && report.number === number).length;
}

function registrationKept(world: World): string | undefined {
  const kept = world.disk.kept().find(({ key }) => key === 'rg/meter');
  return kept && toHex(kept.value);
}

function isGone(world: World, endpoint: string): boolean {
  const answer = world.gateway.inspect({ kind: 'device', endpoint });
  return answer.kind === 'device' && answer.device?.ended !== undefined && keptAs(world, endpoint).includes('ended');
}

function keptAs(world: World, endpoint: string): string {
  const record = world.disk.kept().find(({ key }) => key === `rg/${endpoint}`);
  return Buffer.from(record?.value ?? []).toString('latin1');
}

function locationKept(world: World): string | undefined {
  const answer = world.gateway.inspect({ kind: 'device', endpoint: 'meter' });
  return answer.kind === 'device' ? answer.device?.registrationId : undefined;
}
