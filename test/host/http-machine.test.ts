import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nothing } from '../../src/gateway/contract.ts';
import { RuntimeMachine } from '../../src/host/http-machine.ts';
import { Runtime } from '../../src/host/runtime.ts';
import { emptyModel } from '../../src/lwm2m/objects/model.ts';
import { FakeGateway, FakeScheduler, FakeStore, FakeTransport, testClock } from './fakes.ts';

const removal = { kind: 'remove-device', endpoint: 'meter-17', keepCredentials: false } as const;

test('each request gets the answer that bears its number, in whatever order they come', async () => {
  const { machine, gateway, runtime } = newWorld();
  const asked: number[] = [];
  gateway.onReceive = (input) => {
    assert.ok(input.kind === 'operator');
    asked.push(input.request.id);
    assert.equal(input.request.account, 'ops');
    if (asked.length < 2) return nothing;
    const events = asked.toReversed().map((request) => ({
      kind: 'answer' as const,
      request,
      answer: { kind: 'removed' as const, endpoint: `answer to ${request}` },
    }));
    return { ...nothing, events };
  };
  const answers = await Promise.all([machine.operate(removal, 'ops'), machine.operate(removal, 'ops')]);
  assert.deepEqual(
    answers.map((answer) => answer.kind === 'removed' && answer.endpoint),
    asked.map((id) => `answer to ${id}`),
  );
  await runtime.stop();
});

test('a request that comes while the gateway stops is answered', async () => {
  const { machine, runtime } = newWorld();
  const stopped = runtime.stop();
  const answer = await machine.operate(removal, 'ops');
  assert.equal(answer.kind === 'error' && answer.code, 'STORE_UNAVAILABLE');
  await stopped;
});

function newWorld() {
  const gateway = new FakeGateway();
  const runtime = new Runtime({
    gateway,
    store: new FakeStore(),
    scheduler: new FakeScheduler(),
    clock: testClock,
    transports: [new FakeTransport()],
    fatal: (error) => {
      throw error;
    },
  });
  runtime.start(nothing);
  const information = () => assert.fail('nobody asks');
  return { gateway, runtime, machine: new RuntimeMachine(runtime, emptyModel, information) };
}
