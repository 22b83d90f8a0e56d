/** Operations toward devices when the power goes: each ends, none is lost, and nothing is done twice that may not be. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeviceOperation } from '../../../src/gateway/operator.ts';
import { parsePath, type ResourcePath } from '../../../src/lwm2m/path.ts';
import { bringIn, inScene, observed } from '../../bad-input/scene.ts';
import type { SimulatedDevice } from '../simulated-device.ts';
import { perfectNetwork, type World } from '../world.ts';

const silence = { ...perfectNetwork, lossProbability: 1 };
const reboot: DeviceOperation = { verb: 'execute', path: parsePath('/3/0/4') as ResourcePath, arguments: '' };
const value = parsePath('/3300/0/5750') as ResourcePath;
const entries = [{ path: value, value: { type: 'string', value: 'cellar' } }] as const;
const write: DeviceOperation = { verb: 'write', path: value, entries, replace: true };
const read: DeviceOperation = { verb: 'read', path: observed };

test('the power goes before a message is durable: it never left, and leaves after the restart, once', () => {
  inScene(401, ({ world, meter, pump, lamp }) => {
    for (const device of [meter, pump, lamp]) {
      const before = device.answers.executions;
      ask(world, device, reboot);
      world.gateway.cut('before it left');
      world.run(20_000);
      // Nobody was told that it was accepted; if it is there all the same, it was carried out.
      assert.equal(
        device.answers.executions - before,
        executes(world, device).filter((state) => state === 'done').length,
      );
    }
  });
});

test('the power goes and the answer to an Execute with it: within 45 s it is answered after all, and was done once', () => {
  inScene(402, ({ world, meter, pump, lamp }) => {
    world.portHeld = false;
    for (const device of [meter, pump, lamp]) {
      const before = device.answers.executions;
      const id = executedButUnanswered(world, device);
      world.gateway.cut('before the answer came');
      world.network = perfectNetwork;
      world.run(20_000);
      assert.deepEqual([stateOf(world, id), device.answers.executions - before], ['done', 1]);
    }
  });
});

test('after a longer outage, or one that no clock tells, it is in doubt, and was done once', () => {
  for (const isTrusted of [true, false]) {
    inScene(403, ({ world, meter, lamp }) => {
      world.portHeld = false;
      for (const device of [meter, lamp]) {
        const before = device.answers.executions;
        world.clockTrusted = true;
        const id = executedButUnanswered(world, device);
        world.outageMs = isTrusted ? 60_000 : 1_000;
        world.clockTrusted = isTrusted;
        world.gateway.cut('before the answer came');
        world.network = perfectNetwork;
        world.run(world.outageMs + 100_000);
        assert.deepEqual([stateOf(world, id), device.answers.executions - before], ['in-doubt', 1]);
      }
      world.clockTrusted = true;
    });
  }
});

test('a Write is done again after a longer outage, and ends', () => {
  inScene(404, ({ world, meter, lamp }) => {
    for (const device of [meter, lamp]) {
      ask(world, device, write);
      world.run(5_000, () => accepted(world) !== undefined);
      world.network = silence;
      const id = accepted(world);
      world.outageMs = 60_000;
      world.gateway.cut('under way');
      world.network = perfectNetwork;
      world.run(world.outageMs + 20_000);
      assert.deepEqual([stateOf(world, id ?? 0), device.answers.written], ['done', 'cellar']);
    }
  });
});

test('the power goes when the end is durable and nobody has been told: it is found after the restart', () => {
  inScene(405, ({ world, meter }) => {
    const before = meter.answers.executions;
    const logged = world.loggedIds().size;
    ask(world, meter, reboot);
    world.run(5_000, () => world.loggedIds().size > logged);
    const id = accepted(world);
    world.gateway.cut('after its end was durable');
    world.run(5_000);
    assert.deepEqual([stateOf(world, id ?? 0), meter.answers.executions - before], ['done', 1]);
  });
});

test('a device that reboots over an Execute comes with a new connection: in doubt, and not executed again', () => {
  inScene(406, ({ world, pump }) => {
    const before = pump.answers.executions;
    const id = executedButUnanswered(world, pump);
    world.network = perfectNetwork;
    pump.begin();
    world.run(100_000);
    assert.ok(['in-doubt', 'done'].includes(stateOf(world, id) ?? ''), stateOf(world, id));
    assert.equal(pump.answers.executions - before, 1);
  });
});

test('in queue mode what waits survives cuts, and is delivered when the device wakes', () => {
  inScene(407, ({ world }) => {
    const options = { name: 'sleeper', secure: true, connectionId: true, resumes: false, queueMode: true };
    const sleeper = bringIn(world, options);
    world.run(200_000);
    const before = sleeper.answers.executions;
    const ids = [reboot, write, read].map((operation) => {
      ask(world, sleeper, operation);
      world.run(5_000);
      return accepted(world) ?? assert.fail('not accepted');
    });
    for (let i = 0; i < 2; i++) {
      world.gateway.cut('while it waits');
      world.run(10_000);
    }
    assert.deepEqual(
      ids.map((id) => stateOf(world, id)),
      ['queued', 'queued', 'queued'],
    );
    sleeper.update();
    world.run(20_000);
    assert.deepEqual(
      ids.map((id) => stateOf(world, id)),
      ['done', 'done', 'done'],
    );
    assert.deepEqual([sleeper.answers.executions - before, sleeper.answers.written], [1, 'cellar']);
  });
});

function ask(world: World, device: SimulatedDevice, operation: DeviceOperation): void {
  const { name } = device.options;
  world.events.length = 0;
  world.operate({ kind: 'operate', endpoint: name, operation, expiresMs: 3_600_000 });
}

/** The id of what was asked last, once it is accepted. */
function accepted(world: World): number | undefined {
  for (const event of world.events) {
    if (event.kind === 'answer' && event.answer.kind === 'accepted') return event.answer.operation.id;
  }
  return undefined;
}

/** The device has done it, and its answer is lost. */
function executedButUnanswered(world: World, device: SimulatedDevice): number {
  const { executions } = device.answers;
  ask(world, device, reboot);
  world.run(10_000, () => device.answers.executions > executions);
  world.network = silence;
  const id = accepted(world);
  assert.ok(id !== undefined && device.answers.executions === executions + 1);
  return id;
}

/** The states of the Executes that the gateway knows of the device. */
function executes(world: World, device: SimulatedDevice): string[] {
  const endpoint = device.options.name;
  const answer = world.gateway.inspect({ kind: 'operations', endpoint, from: { after: 0 }, limit: 100 });
  const operations = answer.kind === 'operations' ? answer.operations : [];
  return operations.filter(({ verb }) => verb === 'execute').map(({ state }) => state);
}

function stateOf(world: World, id: number): string | undefined {
  const answer = world.gateway.inspect({ kind: 'operation', id });
  return answer.kind === 'operation' ? answer.operation?.state : undefined;
}
