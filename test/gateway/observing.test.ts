/** What operators are told of an observation, and which wish stays: whatever the device says, and whoever else asks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Packet } from 'coap-packet';
import type { GatewayEvent } from '../../src/gateway/events.ts';
import type { ObservationView, OperationView } from '../../src/gateway/views.ts';
import type { ResourcePath } from '../../src/lwm2m/path.ts';
import { inScene } from '../bad-input/scene.ts';
import type { SimulatedDevice } from '../simulation/simulated-device.ts';
import type { World } from '../simulation/world.ts';

const fresh = '/3300/0/5701' as ResourcePath;
const known = '/3300/0/5700' as ResourcePath;
const value: Partial<Packet> = {
  code: '2.05',
  options: [{ name: 'Content-Format', value: Buffer.from([0]) }],
  payload: Buffer.from('21.5'),
};

test('a wish that was refused when it was new does not stay', () => {
  inScene(81, ({ world, meter }) => {
    const answer = answering(meter, { code: '4.04' });
    const [operation] = observe(world, fresh);
    assert.deepEqual([operation?.state, operation?.code, operation?.failure], ['failed', '4.04', 'refused']);
    assert.equal(wishOf(world, fresh), undefined);
    answer.end();
  });
});

test('a wish that was there before stays when the device refuses it', () => {
  inScene(82, ({ world, meter }) => {
    const answer = answering(meter, { code: '4.05' });
    const [operation] = observe(world, known, { pminSeconds: 5 });
    assert.equal(operation?.state, 'failed');
    assert.equal(wishOf(world, known)?.state, 'ended');
    answer.end();
    const [again] = observe(world, known);
    assert.deepEqual([again?.state, wishOf(world, known)?.state], ['done', 'running']);
  });
});

test('a device that answers without Observe does not observe', () => {
  inScene(83, ({ world, meter }) => {
    const answer = answering(meter, value);
    const [operation] = observe(world, fresh);
    assert.deepEqual([operation?.state, operation?.failure], ['failed', 'not-observable']);
    assert.equal(wishOf(world, fresh), undefined);
    answer.end();
  });
});

test('two operators who ask at once share a request, and both are told', () => {
  inScene(84, ({ world, meter }) => {
    const before = meter.observeToken;
    const answers = observe(world, fresh, {}, 2);
    assert.deepEqual(
      answers.map(({ state, sends, entries }) => [state, sends, entries.length]),
      [
        ['done', 1, 1],
        ['done', 1, 1],
      ],
    );
    assert.notEqual(answers[0]?.id, answers[1]?.id);
    world.operate({ kind: 'unobserve', endpoint: 'meter', path: fresh });
    world.run(5_000);
    meter.observeToken = before;
  });
});

test('other attributes are told to the device at once, and the wish stays one', () => {
  inScene(85, ({ world }) => {
    const [operation] = observe(world, known, { pmaxSeconds: 60 });
    assert.equal(operation?.state, 'done');
    const wish = wishOf(world, known);
    assert.deepEqual([wish?.state, wish?.pmaxSeconds], ['running', 60]);
    world.events.length = 0;
    world.operate({ kind: 'observe', endpoint: 'meter', path: known });
    world.run(5_000);
    assert.deepEqual(operations(world), [], 'it runs, so nothing is asked of the device');
  });
});

test('whoever waits for an observation that is withdrawn is told', () => {
  inScene(86, ({ world, meter }) => {
    const before = meter.observeToken;
    meter.receive = () => {};
    world.events.length = 0;
    world.operate({ kind: 'observe', endpoint: 'meter', path: fresh });
    world.operate({ kind: 'unobserve', endpoint: 'meter', path: fresh });
    world.run(500);
    assert.equal(operations(world).at(-1)?.state, 'cancelled');
    Reflect.deleteProperty(meter, 'receive');
    world.run(60_000);
    // It may have heard the request's end, and it keeps one observation only.
    meter.observeToken = before;
  });
});

test('an operation is sent once a message of it has left, and says how often', () => {
  inScene(87, ({ world, meter }) => {
    meter.receive = () => {};
    world.events.length = 0;
    world.operate({ kind: 'operate', endpoint: 'meter', operation: { verb: 'read', path: known }, expiresMs: 60_000 });
    world.run(12_000);
    assert.deepEqual(
      operations(world).map(({ state, sends }) => [state, sends]),
      [1, 2, 3].map((sends) => ['sent', sends]),
    );
    Reflect.deleteProperty(meter, 'receive');
    world.run(60_000);
  });
});

test('what was asked of a device that is removed is never repeated', () => {
  inScene(88, ({ world, meter }) => {
    const { receive } = meter;
    meter.receive = () => {};
    const operation = { verb: 'execute', path: '/3/0/4' as ResourcePath, arguments: '' } as const;
    world.operate({ kind: 'operate', endpoint: 'meter', operation, expiresMs: 60_000 });
    world.operate({ kind: 'operate', endpoint: 'meter', operation, expiresMs: 60_000 });
    world.run(500);
    world.events.length = 0;
    world.operate({ kind: 'remove-device', endpoint: 'meter', keepCredentials: true });
    world.run(5_000);
    assert.deepEqual(
      operations(world).map(({ state }) => state),
      ['cancelled', 'cancelled'],
    );
    meter.receive = receive;
    meter.begin();
    world.run(120_000);
    assert.equal(meter.answers.executions, 0);
    world.operate({ kind: 'observe', endpoint: 'meter', path: known });
    world.run(5_000);
  });
});

/** Lets operators ask for an observation at once; returns what became of their operations. */
function observe(world: World, path: ResourcePath, attributes = {}, operators = 1): readonly OperationView[] {
  world.events.length = 0;
  for (let i = 0; i < operators; i++) world.operate({ kind: 'observe', endpoint: 'meter', path, ...attributes });
  world.run(10_000);
  return operations(world).filter(({ state }) => state !== 'sent' && state !== 'queued');
}

function operations(world: World): readonly OperationView[] {
  const views = world.events.flatMap((event: GatewayEvent) => (event.kind === 'operation' ? [event.operation] : []));
  return views.filter(({ endpoint }) => endpoint === 'meter');
}

function wishOf(world: World, path: ResourcePath): ObservationView | undefined {
  const answer = world.gateway.inspect({ kind: 'device', endpoint: 'meter' });
  assert.ok(answer.kind === 'device');
  return answer.device?.observationList.find((one) => one.path === path);
}

/** The device answers every request with this, until `end`. */
function answering(device: SimulatedDevice, answer: Partial<Packet>): { end(): void } {
  Object.assign(device, { answer: () => answer });
  return { end: () => void Reflect.deleteProperty(device, 'answer') };
}
