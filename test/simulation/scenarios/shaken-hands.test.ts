/** The gateway shakes hands with devices by itself: what each kind of device makes of it, and what a cut does to it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../src/base/limits.ts';
import type { DeviceDetail } from '../../../src/gateway/views.ts';
import { bringIn, inScene, observed, untilEvent } from '../../bad-input/scene.ts';
import type { DeviceOptions } from '../device-habits.ts';
import type { SimulatedDevice } from '../simulated-device.ts';
import type { World } from '../world.ts';

const base = { secure: true, connectionId: true, resumes: false, queueMode: false } as const;
const resuming: DeviceOptions = { ...base, name: 'valve', habits: { acceptsHandshakes: 'resuming' } };

test('a device whose connection is gone is shaken hands with in full, and what is observed goes on', () => {
  inScene(501, ({ world }) => {
    const valve = bringIn(world, { ...resuming, habits: { acceptsHandshakes: 'full' } });
    destroyConnections(world, valve);
    assert.deepEqual(valve.link.answered, { full: 1, resumed: 0 });
    assert.equal(recovered(world, 'valve'), 'full');
    assert.equal(detail(world, 'valve').learned?.handshake, true);
  });
});

test('the next time the handshake is abbreviated, by the session that is kept', () => {
  inScene(502, ({ world }) => {
    const valve = bringIn(world, resuming);
    destroyConnections(world, valve);
    destroyConnections(world, valve);
    assert.deepEqual(valve.link.answered, { full: 1, resumed: 1 });
    assert.equal(recovered(world, 'valve'), 'abbreviated');
    assert.deepEqual([detail(world, 'valve').learned?.resumption, valve.registrations], [true, 1]);
  });
});

test('an operation for a device without a connection waits for the handshake, not for the device', () => {
  inScene(503, ({ world }) => {
    const valve = bringIn(world, resuming);
    world.confirmed({ kind: 'reset-device', endpoint: 'valve' });
    world.operate({
      kind: 'operate',
      endpoint: 'valve',
      operation: { verb: 'read', path: observed },
      expiresMs: 60_000,
    });
    const done = untilEvent(world, 'the Read is answered', (event) => {
      return event.kind === 'operation' && event.operation.state === 'done';
    });
    assert.equal(done.kind === 'operation' && done.operation.sends, 1);
    assert.equal(answers(valve), 1);
  });
});

test('a device that ignores handshakes keeps its old connection unharmed, and is left alone in the end', () => {
  inScene(504, ({ world, meter }) => {
    const { receive } = meter;
    meter.receive = (datagram) => {
      // It hears nothing but handshakes, which it ignores.
      if (datagram[0] === 22) receive.call(meter, datagram);
    };
    world.gateway.cut();
    world.run(600_000, () => handshakes(world, 'meter').includes('no-answer'));
    assert.deepEqual(handshakes(world, 'meter'), ['begun', 'no-answer']);
    meter.receive = receive;
    meter.update();
    untilEvent(world, 'it is heard', (event) => event.kind === 'updated' && event.endpoint === 'meter');
    assert.deepEqual([meter.handshakes, detail(world, 'meter').connection], [1, 'live']);
  });
});

test('who does not answer handshakes is tried at growing distances, is learned as such, and comes by itself', () => {
  inScene(505, ({ world, meter }) => {
    world.confirmed({ kind: 'reset-device', endpoint: 'meter' });
    world.operate({
      kind: 'operate',
      endpoint: 'meter',
      operation: { verb: 'read', path: observed },
      expiresMs: 86_400_000,
    });
    world.run(600_000);
    const tried = handshakes(world, 'meter').filter((result) => result === 'begun').length;
    assert.equal(tried, limits.connectFailuresMax);
    assert.equal(detail(world, 'meter').learned?.handshake, false);
    assert.equal(detail(world, 'meter').queued, 1);
    meter.begin();
    untilEvent(world, 'the Read is answered', (event) => {
      return event.kind === 'operation' && event.operation.state === 'done';
    });
  });
});

test('a cut in the middle of a handshake costs that handshake, and the next start begins another', () => {
  for (const afterMs of [1, 6, 11, 16, 21, 26, 31, 36, 41, 60, 400]) {
    inScene(600 + afterMs, ({ world }) => {
      const valve = bringIn(world, resuming);
      world.confirmed({ kind: 'reset-device', endpoint: 'valve' });
      world.run(afterMs);
      world.gateway.cut();
      world.run(60_000);
      const times = answers(valve);
      assert.ok(times >= 1 && times <= 2, `${times} handshakes after ${afterMs} ms`);
      assert.equal(valve.registrations, 1);
    });
  }
});

test('a sleeping device is not shaken hands with until it is awake', () => {
  inScene(506, ({ world }) => {
    const sleeper = bringIn(world, { ...resuming, name: 'sleeper', queueMode: true });
    world.run(limits.queueModeAwakeMs);
    world.confirmed({ kind: 'reset-device', endpoint: 'sleeper' });
    world.operate({
      kind: 'operate',
      endpoint: 'sleeper',
      operation: { verb: 'read', path: observed },
      expiresMs: 86_400_000,
    });
    world.run(600_000);
    assert.equal(answers(sleeper), 0);
    sleeper.begin();
    world.run(5_000);
  });
});

/** While the power is off, what was kept of a device's connections is lost. */
function destroyConnections(world: World, device: SimulatedDevice): void {
  const before = answers(device);
  world.run(2 * limits.commitSoonWindowMs);
  world.gateway.cut();
  world.disk.moveToDatabase();
  for (const [key, value] of [...world.disk.records]) {
    const isIts = key.startsWith('as/') && new TextDecoder('latin1').decode(value).includes(device.options.name);
    if (!isIts) continue;
    world.disk.records.delete(key);
    world.disk.records.delete(`aw/${key.slice('as/'.length)}`);
  }
  world.events.length = 0;
  world.run(60_000);
  assert.equal(answers(device), before + 1);
}

function answers({ link: { answered } }: SimulatedDevice): number {
  return answered.full + answered.resumed;
}

function handshakes(world: World, endpoint: string): string[] {
  return world.events.flatMap((event) =>
    event.kind === 'handshake' && event.endpoint === endpoint ? [event.result] : [],
  );
}

function recovered(world: World, endpoint: string): string | undefined {
  const found = world.events.find((event) => event.kind === 'recovered' && event.endpoint === endpoint);
  return found?.kind === 'recovered' ? found.rung : undefined;
}

function detail(world: World, endpoint: string): DeviceDetail {
  const answer = world.gateway.inspect({ kind: 'device', endpoint });
  assert.ok(answer.kind === 'device' && answer.device, endpoint);
  return answer.device;
}
