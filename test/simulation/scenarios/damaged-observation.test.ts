/** The record of a running observation is damaged while the gateway is down: the device notices nothing of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'coap-packet';
import { inScene, observed, type Scene, untilEvent } from '../../bad-input/scene.ts';

test('an observation whose record is damaged gets no RST before it is asked for anew', () => {
  const story = ({ world, lamp }: Scene): void => {
    // Old enough that a notification after this could not be from before the device began.
    world.run(120_000);
    const before = lamp.observeToken;
    world.damage.ofObservation(lamp);
    world.gateway.cut();
    world.run(10_000, () => world.gateway.ready);
    assert.equal(world.coverage['record damaged'], 1);
    // The request that observes anew is lost for a while; the answer to a Read says meanwhile that the device is there.
    const { receive } = lamp;
    lamp.receive = (datagram) => {
      const observes = parse(Buffer.from(datagram)).options.some(({ name }) => name === 'Observe');
      if (!observes) receive.call(lamp, datagram);
    };
    const operation = { verb: 'read', path: observed } as const;
    world.operate({ kind: 'operate', endpoint: 'lamp', operation, expiresMs: 60_000 });
    untilEvent(world, 'read', (event) => event.kind === 'operation' && event.operation.state === 'done');
    lamp.notify();
    world.run(5_000);
    assert.deepEqual(world.monitor.violations, []);
    assert.equal(lamp.observeToken, before);
    Reflect.deleteProperty(lamp, 'receive');
    world.run(60_000);
    assert.notDeepEqual(lamp.observeToken, before);
  };
  // What is asked of the devices after a start would come in between.
  inScene(331, story, { limits: { recoveryDevicesPerSecond: 0.001 } });
});
