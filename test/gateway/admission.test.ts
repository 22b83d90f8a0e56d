/** A device that makes the store write more than its share: it waits, everybody else goes on, nothing acknowledged is lost. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { address, type PeerId } from '../../src/base/address.ts';
import { hour, type Monotonic, minute, type Wall } from '../../src/base/instants.ts';
import { limits } from '../../src/base/limits.ts';
import { Step } from '../../src/gateway/step.ts';
import { dropped, inScene, restart, statusOf } from '../bad-input/scene.ts';
import { locationOf, post, register, Stranger, target } from '../bad-input/stranger.ts';
import type { World } from '../simulation/world.ts';

const configuration = { peerBytesPerDay: 20_000 };
const elsewhere = address('198.51.100.66', 4_000);
const report = post('/dp', '[{"n":"/3/0/9","v":1}]', 110);

test('a device whose bytes are spent is met with silence, another is acknowledged, and status names the first', () => {
  inScene(
    91,
    ({ world, meter, pump }) => {
      spendAll(world, 200, () => meter.notify());
      const events = world.loggedReports().length;
      assert.ok(events > 30 && events < 200, `${events} events fit into the budget`);
      world.run(5_000);
      assert.equal(dropped(world, 'write-budget-spent'), 0);
      const { acknowledgedCount } = world.monitor;
      meter.notify();
      pump.notify();
      world.run(5_000);
      assert.equal(world.monitor.acknowledgedCount, acknowledgedCount + 1);
      assert.ok(dropped(world, 'write-budget-spent') > 0);
      assert.deepEqual(statusOf(world).budgetSpent, { count: 1, endpoints: ['meter'] });
      const answer = world.gateway.inspect({ kind: 'writers', limit: 2 });
      const writers = answer.kind === 'writers' ? answer.writers.writers : [];
      assert.deepEqual(
        writers.map(({ endpoint, waitMs }) => [endpoint, waitMs > 0]),
        [
          ['meter', true],
          ['pump', false],
        ],
      );
      pass(world, 2 * hour);
      assert.equal(statusOf(world).budgetSpent.count, 0);
    },
    configuration,
  );
});

test('the power goes while a device waits for its bytes', () => {
  inScene(
    92,
    ({ world, meter }) => {
      spendAll(world, 200, () => meter.notify());
      meter.notify();
      restart(world);
      world.run(minute);
    },
    configuration,
  );
});

test('what would write is refused with the time when it may be tried again; what writes nothing is answered', () => {
  inScene(
    93,
    ({ world }) => {
      const stranger = new Stranger(world, elsewhere, false);
      const location = locationOf(stranger.asks(register('stranger')));
      spendAll(world, 0, () => stranger.asks(report));
      const refused = stranger.asks(report);
      assert.equal(refused.code, '5.03');
      const maxAge = refused.options.find(({ name }) => name === 'Max-Age')?.value ?? Buffer.alloc(1);
      const retryAfterSeconds = maxAge.readUIntBE(0, maxAge.length);
      assert.ok(retryAfterSeconds > 30 && retryAfterSeconds < limits.peerBudgetRetrySecondsMax);
      assert.equal(stranger.asks(register('stranger')).code, '5.03');
      assert.equal(stranger.asks(post(`${location}?lt=900`)).code, '5.03', 'an Update that changes something');
      assert.equal(stranger.asks({ code: '0.04', options: target(location) }).code, '5.03', 'De-register');
      assert.equal(
        stranger.asks({ code: '0.02', options: target(location) }).code,
        '2.04',
        'an Update without a change',
      );
      world.run(retryAfterSeconds * 1_000);
      assert.equal(stranger.asks(report).code, '2.04');
      stranger.free();
    },
    configuration,
  );
});

test('handshakes, and what is asked of a device when it registers, are charged to it', () => {
  inScene(
    94,
    ({ world, pump }) => {
      spendAll(world, 10_000, () => pump.begin());
      assert.ok(pump.beginnings < 14, 'some 1,800 bytes each');
      assert.deepEqual(statusOf(world).budgetSpent.endpoints, ['pump']);
      pass(world, 3 * hour);
    },
    configuration,
  );
});

test('what is written when a wish is asked for anew is charged to the device, not to nobody', () => {
  const step = new Step({ monotonic: 0 as Monotonic, wall: 0 as Wall, wallTrusted: false });
  step.put('before-ack', 'nobodys', new Uint8Array(100));
  step.onAccountOf('secure|pump' as PeerId, () => {
    step.put('before-ack', 'rl/1', new Uint8Array(96));
    step.put('soon', 'rq/1', new Uint8Array(96));
  });
  step.put('before-ack', 'nobodys too', new Uint8Array(100));
  assert.deepEqual(step.charges, [{ peer: 'secure|pump', bytes: 100 }]);
});

test('without a budget nobody waits', () => {
  inScene(
    95,
    ({ world }) => {
      const stranger = new Stranger(world, elsewhere, false);
      stranger.asks(register('stranger'));
      for (let i = 0; i < 100; i++) assert.equal(stranger.asks(report).code, '2.04');
      stranger.free();
    },
    { peerBytesPerDay: 0 },
  );
});

/** Does so until a device has nothing left. */
function spendAll(world: World, everyMs: number, act: () => void): void {
  for (let i = 0; i < 200 && statusOf(world).budgetSpent.count === 0; i++) {
    act();
    world.run(everyMs);
  }
  assert.equal(statusOf(world).budgetSpent.count, 1);
}

/** Lets so much time pass that bytes come back; devices keep their registrations alive. */
function pass(world: World, forMs: number): void {
  for (let passedMs = 0; passedMs < forMs; passedMs += minute) {
    for (const device of world.devices) device.update();
    world.run(minute);
  }
}
