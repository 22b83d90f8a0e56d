/** What devices hear while the store refuses writes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inScene } from '../bad-input/scene.ts';
import { atLocation, locationOf, PlainGateway, register } from './plain-gateway.ts';

const port = 5_001;

test('a device whose change waits for the store is told to try later; the change is answered when it is durable', () => {
  const gateway = new PlainGateway();
  const location = locationOf(gateway.receive(port, register('meter')));
  gateway.storing = false;
  assert.deepEqual(gateway.receive(port, changed(location, 100)), []);
  gateway.refuse();
  const [refused] = gateway.receive(port, changed(location, 200));
  assert.equal(refused?.code, '5.03');
  gateway.store();
  assert.deepEqual(
    gateway.takeSent(port).map(({ code }) => code),
    ['2.04'],
  );
});

test('over a connection that a cut would end nothing is answered while the store fails', () => {
  inScene(321, ({ world, pump }) => {
    world.disk.refuse('full');
    world.run(1_000);
    pump.begin();
    world.run(20_000);
    pump.sendReport();
    world.run(10_000);
    assert.equal(pump.established, true);
    assert.equal(pump.location, undefined);
    const { registrations } = pump;
    world.disk.refuse(undefined);
    world.run(60_000, () => pump.location !== undefined);
    assert.equal(pump.registrations, registrations + 1);
    world.run(10_000);
  });
});

function changed(location: readonly string[], lifetimeSeconds: number): ReturnType<typeof atLocation> {
  const update = atLocation('POST', location);
  const lifetime = { name: 'Uri-Query' as const, value: Buffer.from(`lt=${lifetimeSeconds}`) };
  return { ...update, options: [...(update.options ?? []), lifetime] };
}
