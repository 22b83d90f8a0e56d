/** What a device in queue mode may rely on: outside its awake window it is not contacted, whatever is under way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bringIn, inScene, observed } from '../../bad-input/scene.ts';
import { perfectNetwork } from '../world.ts';

const options = { name: 'sleeper', secure: true, connectionId: true, resumes: false, queueMode: true };

test('a device that does not answer the one request after a cut gets the rest when it shakes hands anew', () => {
  inScene(322, ({ world }) => {
    const sleeper = bringIn(world, { ...options, connectionId: false });
    world.gateway.cut();
    world.run(5_000);
    const { receive } = sleeper;
    sleeper.receive = () => {};
    const operation = { verb: 'read', path: observed } as const;
    for (let i = 0; i < 2; i++) {
      world.operate({ kind: 'operate', endpoint: 'sleeper', operation, expiresMs: 3_600_000 });
    }
    sleeper.notify();
    world.run(200_000);
    Reflect.deleteProperty(sleeper, 'receive');
    assert.equal(sleeper.receive, receive);
    sleeper.begin();
    world.run(30_000);
    assert.ok(world.events.some((event) => event.kind === 'operation' && event.operation.state === 'done'));
  });
});

test('a request that left while the device was awake is not repeated once it sleeps', () => {
  inScene(321, ({ world }) => {
    const sleeper = bringIn(world, options);
    sleeper.update();
    world.run(85_000);
    world.network = { ...perfectNetwork, lossProbability: 1 };
    const operation = { verb: 'read', path: observed } as const;
    world.operate({ kind: 'operate', endpoint: 'sleeper', operation, expiresMs: 3_600_000 });
    world.run(3_000);
    assert.ok(world.events.some((event) => event.kind === 'operation' && event.operation.sends > 1));
    world.run(100_000);
    assert.deepEqual(world.monitor.violations, []);
    world.network = perfectNetwork;
    sleeper.update();
    world.run(5_000);
  });
});
