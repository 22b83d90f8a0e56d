/** After a restart the gateway turns to its devices by itself: at a pace, the most urgent first, and to nobody who sleeps. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../src/base/limits.ts';
import type { RecoveryView } from '../../../src/gateway/recovery-view.ts';
import { bringIn, inScene, untilEvent } from '../../bad-input/scene.ts';
import type { World } from '../world.ts';

const secure = { secure: true, connectionId: false, resumes: false, queueMode: false };

test('whoever says nothing after a restart is asked, over the connection that it has', () => {
  inScene(401, ({ world, meter }) => {
    const { handshakes } = meter;
    world.gateway.cut();
    world.run(world.outageMs + 5_000);
    const { running, total, heard, heardByThemselves, rungs } = recovery(world);
    assert.deepEqual(
      { running, total, heard, heardByThemselves },
      {
        running: false,
        total: 3,
        heard: 3,
        heardByThemselves: 0,
      },
    );
    assert.deepEqual(rungs[0], { rung: 'restored', toDo: 0, underWay: 0, succeeded: 3, failed: 0 });
    assert.deepEqual(recovered(world), ['restored', 'restored', 'restored']);
    assert.equal(meter.handshakes, handshakes);
  });
});

test('whoever speaks first is not asked', () => {
  inScene(402, ({ world, meter }) => {
    world.gateway.cut();
    meter.notify();
    world.run(world.outageMs + 5_000);
    const { heard, heardByThemselves, rungs } = recovery(world);
    assert.deepEqual([heard, heardByThemselves, rungs[0]?.succeeded], [3, 1, 2]);
  });
});

test('a fleet is asked at a pace', () => {
  inScene(
    403,
    ({ world }) => {
      const sent = requestsSent(world);
      world.gateway.cut();
      world.run(world.outageMs + 10_000);
      const [first = 0] = sent;
      assert.equal(sent.length, 3);
      const gaps = sent.map((at) => at - first);
      assert.ok((gaps[1] ?? 0) >= 1_900 && (gaps[2] ?? 0) >= 3_900, `asked after ${gaps.join(', ')} ms`);
    },
    { limits: { recoveryDevicesPerSecond: 0.5 } },
  );
});

test('whoever does not answer is left to come by itself, and then counts as heard', () => {
  inScene(404, ({ world, meter }) => {
    const { receive } = meter;
    meter.receive = () => {};
    world.gateway.cut();
    // Its handshake too is not answered.
    world.run(world.outageMs + limits.recoveryAnswerMs + 40_000);
    assert.deepEqual([recovery(world).unreachable, recovery(world).heard], [1, 2]);
    assert.equal(recovery(world).rungs[0]?.failed, 1);
    assert.ok(world.events.some((event) => event.kind === 'unreachable' && event.endpoint === 'meter'));
    meter.receive = receive;
    meter.update();
    untilEvent(world, 'the device is heard', (event) => event.kind === 'updated' && event.endpoint === 'meter');
    assert.deepEqual([recovery(world).unreachable, recovery(world).heard], [0, 3]);
  });
});

test('whose lifetime ends first is asked first', () => {
  inScene(
    405,
    ({ world, pump }) => {
      pump.update(300);
      world.run(5_000);
      world.gateway.cut();
      world.events.length = 0;
      world.run(world.outageMs + 10_000);
      const order = world.events.flatMap((event) => (event.kind === 'recovered' ? [event.endpoint] : []));
      assert.deepEqual([order.length, order[0]], [3, 'pump']);
    },
    { limits: { recoveryDevicesPerSecond: 0.5 } },
  );
});

test('a device in queue mode is waited for, and counts as heard when it wakes', () => {
  inScene(406, ({ world }) => {
    const sleeper = bringIn(world, { ...secure, name: 'sleeper', queueMode: true });
    world.run(limits.queueModeAwakeMs);
    world.gateway.cut();
    world.run(600_000);
    assert.deepEqual([recovery(world).asleep, recovery(world).running], [1, false]);
    sleeper.update();
    world.run(5_000);
    assert.deepEqual([recovery(world).asleep, recovery(world).heard], [0, 4]);
  });
});

function recovery(world: World): RecoveryView {
  const answer = world.gateway.inspect({ kind: 'recovery' });
  assert.ok(answer.kind === 'recovery');
  return answer.recovery;
}

function recovered(world: World): readonly (string | undefined)[] {
  return world.events.flatMap((event) => (event.kind === 'recovered' ? [event.rung] : []));
}

/** When something reached a device first, after the next start. */
function requestsSent(world: World): number[] {
  const at: number[] = [];
  for (const device of world.devices) {
    const { receive } = device;
    let first = true;
    device.receive = (datagram) => {
      if (first) at.push(world.timeline.nowMs);
      first = false;
      receive.call(device, datagram);
    };
  }
  return at;
}
