import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import type { Monotonic } from '../../src/base/instants.ts';
import { nothing } from '../../src/gateway/contract.ts';
import type { GatewayEvent } from '../../src/gateway/events.ts';
import type { Clock } from '../../src/host/clock.ts';
import { Runtime } from '../../src/host/runtime.ts';
import { StoreError } from '../../src/host/store/store.ts';
import {
  changeEvent,
  datagram,
  device,
  FakeGateway,
  FakeScheduler,
  FakeStore,
  FakeTransport,
  field,
  testClock,
} from './fakes.ts';

test('a datagram is committed first, what it released is sent after', async () => {
  const world = newWorld();
  const open = gate(world);
  world.transport.handler?.(field, device, new Uint8Array([1]));
  await turn();
  assert.deepEqual(world.transport.sent, []);
  open();
  await turn();
  assert.deepEqual(world.gateway.steps, ['receive', 'committed 1']);
  assert.deepEqual(sentNumbers(world.transport), [1]);
  await world.runtime.stop();
});

test('commits of one turn of the event loop go together', async () => {
  const world = newWorld();
  for (let i = 0; i < 3; i++) world.runtime.feed(datagram(i));
  assert.deepEqual(world.store.written, []);
  await turn();
  assert.deepEqual(world.store.written, [['k1', 'k2', 'k3']]);
  assert.deepEqual(sentNumbers(world.transport), [3]);
  await world.runtime.stop();
});

test('commits that arrive during a write go together into the next one', async () => {
  const world = newWorld();
  const open = gate(world);
  world.runtime.feed(datagram(1));
  await turn();
  for (let i = 2; i <= 3; i++) world.runtime.feed(datagram(i));
  await turn();
  open();
  await turn();
  await turn();
  assert.deepEqual(world.store.written, [['k1'], ['k2', 'k3']]);
  assert.deepEqual(sentNumbers(world.transport), [1, 3]);
  await world.runtime.stop();
});

test('a deadline of the machine wakes it, a nearer one moves the timer', async () => {
  const world = newWorld();
  world.gateway.onReceive = () => nothing;
  world.gateway.deadline = (performance.now() + 60_000) as Monotonic;
  world.runtime.feed(datagram(1));
  world.gateway.deadline = (performance.now() + 15) as Monotonic;
  world.runtime.feed(datagram(1));
  await wait(60);
  assert.deepEqual(world.gateway.steps, ['receive', 'receive', 'advance']);
  await world.runtime.stop();
});

test('a deadline of the scheduler is served after a write that released nothing', async () => {
  const world = newWorld();
  world.scheduler.written = () => undefined;
  world.runtime.feed(datagram(1));
  let asked = 0;
  world.scheduler.deadline = (performance.now() + 15) as Monotonic;
  world.scheduler.next = () => {
    if (performance.now() >= (world.scheduler.deadline ?? 0)) asked++;
    return undefined;
  };
  await wait(60);
  assert.ok(asked > 0);
  world.scheduler.deadline = undefined;
  await world.runtime.stop();
});

test('what only a new process may mend is told: a write that does not come back, a socket that is gone', async () => {
  let aheadMs = 0;
  const now = () => ({ ...testClock.now(), monotonic: (performance.now() + aheadMs) as Monotonic });
  const world = newWorld({ ...testClock, now });
  const open = gate(world);
  world.runtime.feed(datagram(1));
  await turn();
  assert.equal(world.runtime.whatIsStuck(), undefined);
  aheadMs = 61_000;
  assert.equal(world.runtime.whatIsStuck(), 'a write does not come back');
  open();
  await turn();
  assert.equal(world.runtime.whatIsStuck(), undefined);
  world.transport.isBound = false;
  assert.equal(world.runtime.whatIsStuck(), 'a socket is not bound any more');
  await world.runtime.stop();
});

test('a record that is read while devices are served, and is poison, ends the process here and now', async () => {
  const world = newWorld();
  world.lenient();
  world.gateway.restore = () => {
    throw new Error('poison');
  };
  world.runtime.restore([]);
  assert.match(String(world.fatal), /poison/);
  await world.runtime.stop();
});

test('after a rejected write the store is recovered before anything else is written', async () => {
  const world = newWorld();
  world.store.failures.push(new StoreError('full', 'no space'), new Error('IO error: still bad'));
  world.runtime.feed(datagram(1));
  await turn();
  world.runtime.feed(datagram(2));
  await wait(80);
  assert.deepEqual(world.store.calls, ['commit', 'recover', 'recover', 'commit']);
  assert.deepEqual(world.store.written, [['k1', 'k2']]);
  const told = world.gateway.steps.filter((step) => step !== 'receive');
  assert.deepEqual(told, ['store full', 'store failed', 'store ok', 'committed 2']);
  assert.deepEqual(world.reports, ['full', 'failed', 'ok']);
  await world.runtime.stop();
});

test('a clean stop stops reading first, writes everything, sends what that released, closes last', async () => {
  const world = newWorld();
  const open = gate(world);
  world.runtime.feed(datagram(1));
  await turn();
  const clean = world.runtime.stop();
  world.runtime.feed(datagram(2));
  open();
  assert.equal(await clean, true);
  assert.deepEqual(world.gateway.steps, ['receive', 'stop', 'committed 1', 'committed 2']);
  assert.deepEqual(world.store.calls, ['commit', 'close clean']);
  assert.deepEqual(sentNumbers(world.transport), [1, 2]);
  assert.deepEqual(world.transport.calls, ['start', 'stop', 'close']);
});

test('a stop whose last write fails releases nothing and says so', async () => {
  const world = newWorld();
  world.store.failures.push(new StoreError('readonly', 'read-only'));
  assert.equal(await world.runtime.stop(), false);
  assert.deepEqual(sentNumbers(world.transport), []);
  assert.deepEqual(world.reports, ['readonly']);
});

test('a stop while the store is broken closes it without a mark of a clean stop', async () => {
  const world = newWorld();
  const bad = new StoreError('failed', 'bad');
  world.store.failures.push(bad, bad, bad, bad);
  world.runtime.feed(datagram(1));
  await wait(5);
  assert.equal(await world.runtime.stop(), false);
  assert.equal(world.store.calls.at(-1), 'close');
  assert.deepEqual(sentNumbers(world.transport), []);
});

test('an operator is told that the gateway stops', async () => {
  const world = newWorld();
  const stopped = world.runtime.stop();
  world.runtime.feed({ kind: 'operator', request: { id: 7, account: 'ops', action: removal } });
  const answer = world.events.find((event) => event.kind === 'answer');
  assert.equal(answer?.kind === 'answer' && answer.request, 7);
  await stopped;
});

test('subscribers see events in the order of the steps, also when one of them feeds', async () => {
  const world = newWorld();
  let first = true;
  world.gateway.onReceive = () =>
    first ? { ...nothing, events: [changeEvent('a'), changeEvent('b')] } : { ...nothing, events: [changeEvent('c')] };
  const end = world.runtime.subscribe(() => {
    if (!first) return;
    first = false;
    world.runtime.feed(datagram(2));
  });
  world.runtime.feed(datagram(1));
  assert.deepEqual(
    world.events.map((event) => event.kind === 'change' && event.text),
    ['a', 'b', 'c'],
  );
  end();
  await world.runtime.stop();
});

test('an error in the machine is fatal, wherever it is thrown', async () => {
  const world = newWorld();
  const broken = new Error('what cannot be, is');
  world.gateway.onReceive = () => {
    throw broken;
  };
  assert.throws(() => world.runtime.feed(datagram(1)), broken);
  world.gateway.inspect = () => {
    throw broken;
  };
  assert.throws(() => world.runtime.inspect({ kind: 'status' }), broken);
  world.gateway.onReceive = () => world.gateway.commitNext();
  world.gateway.committed = () => {
    throw broken;
  };
  world.fatal.length = 0;
  world.lenient();
  world.runtime.feed(datagram(1));
  await wait(5);
  assert.deepEqual(world.fatal, [broken]);
});

const removal = { kind: 'remove-device', endpoint: 'meter-17', keepCredentials: false } as const;

/** Writes take until the function that is returned is called. */
function gate(world: ReturnType<typeof newWorld>): () => void {
  let open = (): void => {};
  world.store.gate = new Promise((resolve) => {
    open = resolve;
  });
  return () => open();
}

function newWorld(clock: Clock = testClock) {
  const gateway = new FakeGateway();
  const store = new FakeStore();
  const scheduler = new FakeScheduler();
  const transport = new FakeTransport();
  const reports: string[] = [];
  const fatal: unknown[] = [];
  let throws = true;
  const runtime = new Runtime({
    gateway,
    store,
    scheduler,
    clock,
    transports: [transport],
    recoverFirstMs: 10,
    storeReport: (state) => reports.push(state),
    fatal: (error) => {
      fatal.push(error);
      if (throws) throw error;
      return undefined as never;
    },
  });
  const events: GatewayEvent[] = [];
  runtime.subscribe((event) => events.push(event));
  runtime.start(nothing);
  const lenient = (): void => {
    throws = false;
  };
  return { runtime, gateway, store, scheduler, transport, reports, events, fatal, lenient };
}

function sentNumbers(transport: FakeTransport): (number | undefined)[] {
  return transport.sent.map((sent) => sent.bytes[0]);
}
