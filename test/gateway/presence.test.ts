/** When a device in queue mode is awake, as it is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/base/limits.ts';
import { bringIn, inScene } from '../bad-input/scene.ts';

test('a device that wakes and registers anew is awake once, and goes to sleep once', () => {
  inScene(95, ({ world }) => {
    const options = { name: 'sleeper', secure: true, connectionId: true, resumes: false, queueMode: true };
    const sleeper = bringIn(world, options);
    world.run(2 * limits.queueModeAwakeMs);
    world.events.length = 0;
    sleeper.begin();
    world.run(2 * limits.queueModeAwakeMs);
    const told = world.events.filter((event) => event.kind === 'awake' || event.kind === 'sleeping');
    assert.deepEqual(
      told.map(({ kind, endpoint }) => [kind, endpoint]),
      [
        ['awake', 'sleeper'],
        ['sleeping', 'sleeper'],
      ],
    );
  });
});
