/** What devices and operators notice of a restart, and what they do not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../src/base/limits.ts';
import type { DeviceDetail, StatusView } from '../../../src/gateway/views.ts';
import { bringIn, inScene, observed } from '../../bad-input/scene.ts';
import type { SimulatedDevice } from '../simulated-device.ts';
import type { World } from '../world.ts';

const afterRestartMs = 2_000;

test('a device in queue mode is not contacted after a restart until it speaks', () => {
  inScene(311, ({ world }) => {
    const options = { name: 'sleeper', secure: true, connectionId: true, resumes: false, queueMode: true };
    const sleeper = bringIn(world, options);
    world.gateway.cut();
    world.run(afterRestartMs);
    const received = counting(sleeper);
    const operation = { verb: 'read', path: observed } as const;
    world.operate({ kind: 'operate', endpoint: 'sleeper', operation, expiresMs: 3_600_000 });
    world.run(600_000);
    assert.deepEqual([received.count, stateOfRead(world)], [0, 'queued']);
    sleeper.update();
    world.run(5_000);
    assert.equal(stateOfRead(world), 'done');
    received.end();
  });
});

test('a clean stop is told as clean, and loses nothing, not even what nobody was waiting for', () => {
  inScene(312, ({ world, meter, pump }) => {
    world.run(300_000);
    const acknowledged = world.monitor.acknowledgedCount;
    meter.notify();
    pump.update();
    world.run(20);
    world.restart();
    world.run(afterRestartMs);
    assert.equal(status(world).lastStop, 'clean');
    assert.equal(world.monitor.acknowledgedCount, acknowledged + 1, 'what was under way is answered before the end');
    // The Update changed nothing, so it would have been written only within the minute.
    const { expiresInSeconds = 0 } = detail(world, 'pump');
    assert.ok(expiresInSeconds > pump.lifetimeSeconds - 60, `${expiresInSeconds} s left`);
    assert.deepEqual([detail(world, 'meter').dtls?.restores, detail(world, 'pump').dtls?.restores], [1, 1]);
  });
});

test('a cut is told as an unclean stop', () => {
  inScene(313, ({ world }) => {
    world.gateway.cut();
    world.run(afterRestartMs);
    assert.equal(status(world).lastStop, 'unclean');
  });
});

test('with the port closed during the outage a device repeats what was lost, over its connection', () => {
  inScene(314, ({ world, meter, pump }) => {
    world.portHeld = false;
    world.outageMs = 8_000;
    const acknowledged = world.monitor.acknowledgedCount;
    const handshakes = [meter.handshakes, pump.handshakes];
    world.gateway.cut();
    meter.notify();
    pump.sendReport();
    world.run(60_000);
    assert.equal(world.monitor.acknowledgedCount, acknowledged + 2);
    assert.deepEqual([meter.handshakes, pump.handshakes], handshakes);
  });
});

test('a lifetime runs on over an outage whose length a trusted clock tells', () => {
  inScene(318, ({ world, meter }) => {
    meter.update();
    world.run(70_000);
    world.outageMs = 600_000;
    world.gateway.cut();
    world.run(world.outageMs + afterRestartMs);
    const { expiresInSeconds = 0 } = detail(world, 'meter');
    const left = meter.lifetimeSeconds - 600;
    assert.ok(
      expiresInSeconds > left - 90 && expiresInSeconds < left + 90,
      `${expiresInSeconds} s left, about ${left} due`,
    );
    meter.update();
    world.run(5_000);
    assert.ok((detail(world, 'meter').expiresInSeconds ?? 0) > meter.lifetimeSeconds - 10);
  });
});

test('a board that wakes in 1970 expires nothing early, and nothing lives for ever', () => {
  inScene(315, ({ world, meter, pump, lamp }) => {
    for (const device of [meter, pump, lamp]) device.update();
    world.run(600_000);
    world.clockTrusted = false;
    world.gateway.cut();
    world.run((meter.lifetimeSeconds - 610) * 1_000);
    assert.deepEqual([detail(world, 'meter').ended, detail(world, 'pump').ended], [undefined, undefined]);
    for (const device of [meter, lamp]) device.update();
    // Silent for its lifetime, and what a restart adds to it.
    world.run(610_000 + limits.lifetimeGraceMs + 2 * limits.commitSoonWindowMs);
    assert.equal(detail(world, 'meter').ended, undefined);
    assert.equal(detail(world, 'pump').ended?.reason, 'expired');
    pump.begin();
    world.run(5_000);
  });
});

test('a clock that is set long after the start, by decades, expires nothing', () => {
  inScene(316, ({ world }) => {
    world.clockTrusted = false;
    world.gateway.cut();
    world.run(60_000);
    world.clockTrusted = true;
    world.run(60_000);
    world.clockTrusted = false;
    world.run(60_000);
    for (const { options } of world.devices) assert.equal(detail(world, options.name).ended, undefined);
    world.clockTrusted = true;
  });
});

test('a long life without a clock is no outage to the next life, which has one', () => {
  inScene(319, ({ world, meter, pump, lamp }) => {
    world.run(70_000);
    world.clockTrusted = false;
    world.gateway.cut();
    for (let i = 0; i < 4; i++) {
      world.run(400_000);
      for (const device of [meter, pump, lamp]) device.update();
    }
    world.run(70_000);
    world.clockTrusted = true;
    world.gateway.cut();
    world.run(700_000);
    for (const { options } of world.devices) assert.equal(detail(world, options.name).ended, undefined);
  });
});

test('an operator reaches a device after a restart before it speaks, with DTLS and without', () => {
  inScene(320, ({ world }) => {
    world.gateway.cut();
    world.run(afterRestartMs);
    for (const { options } of world.devices) {
      const operation = { verb: 'read', path: observed } as const;
      world.operate({ kind: 'operate', endpoint: options.name, operation, expiresMs: 60_000 });
      world.run(1_000);
      assert.equal(stateOfRead(world), 'done', options.name);
    }
  });
});

/** Counts what reaches a device, until `end`. */
function counting(device: SimulatedDevice): { count: number; end(): void } {
  const { receive } = device;
  const counted = { count: 0, end: () => void Reflect.deleteProperty(device, 'receive') };
  device.receive = (datagram) => {
    counted.count++;
    receive.call(device, datagram);
  };
  return counted;
}

function stateOfRead(world: World): string | undefined {
  const answers = world.events.flatMap((event) =>
    event.kind === 'answer' && event.answer.kind === 'accepted' ? [event.answer.operation.id] : [],
  );
  const answer = world.gateway.inspect({ kind: 'operation', id: answers.at(-1) ?? 0 });
  return answer.kind === 'operation' ? answer.operation?.state : undefined;
}

function detail(world: World, endpoint: string): DeviceDetail {
  const answer = world.gateway.inspect({ kind: 'device', endpoint });
  assert.ok(answer.kind === 'device' && answer.device, endpoint);
  return answer.device;
}

function status(world: World): StatusView {
  const answer = world.gateway.inspect({ kind: 'status' });
  assert.ok(answer.kind === 'status');
  return answer.status;
}
