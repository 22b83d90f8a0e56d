/** What an operator changes about operations: they are withdrawn, or sent anew when they are in doubt. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/base/limits.ts';
import type { OperatorAnswer } from '../../src/gateway/operator.ts';
import type { OperationView } from '../../src/gateway/views.ts';
import type { ResourcePath } from '../../src/lwm2m/path.ts';
import { registered as registeredWithClock, restarted, stateOf } from './operated-gateway.ts';
import { answerTo, PlainGateway, register } from './plain-gateway.ts';

const port = 5_001;
const reboot = { verb: 'execute', path: '/3/0/4' as ResourcePath, arguments: '' } as const;
const value = '/3300/0/5700' as ResourcePath;

test('what waits behind another operation does not leave when it is withdrawn', () => {
  const gateway = registered();
  const first = execute(gateway);
  const second = execute(gateway);
  assert.equal(gateway.takeSent(port).length, 1);
  const { state, sends } = cancelled(gateway, second);
  assert.deepEqual([state, sends], ['cancelled', 0]);
  cancelled(gateway, first);
  gateway.pass(100_000);
  assert.deepEqual(gateway.takeSent(port), []);
});

test('what was sent is not repeated when it is withdrawn, an answer changes nothing, and the next one leaves', () => {
  const gateway = registered();
  const first = execute(gateway);
  execute(gateway);
  const [request] = gateway.takeSent(port);
  const withdrawn = cancelled(gateway, first);
  assert.deepEqual([withdrawn.state, withdrawn.sends, withdrawn.failure], ['cancelled', 1, 'withdrawn']);
  const [next] = gateway.takeSent(port);
  assert.ok(request !== undefined && next !== undefined);
  gateway.receive(port, { ...answerTo(request), code: '2.04' });
  gateway.receive(port, { ...answerTo(next), code: '2.04' });
  gateway.pass(100_000);
  assert.deepEqual(gateway.takeSent(port), []);
  assert.deepEqual(
    operations(gateway).map(({ state }) => state),
    ['cancelled', 'done'],
  );
});

test('every withdrawal is told with its account, once; twice is no mistake', () => {
  const gateway = registered();
  const id = execute(gateway);
  cancelled(gateway, id);
  cancelled(gateway, id);
  const changes = gateway.events.flatMap((event) => (event.kind === 'change' ? [event] : []));
  assert.deepEqual(changes, [
    { kind: 'change', endpoint: 'meter', account: 'test', text: `operation ${id} cancelled` },
  ]);
});

test('what is over or unknown cannot be withdrawn, and only what is in doubt is sent anew', () => {
  const gateway = registered();
  const id = execute(gateway);
  assert.deepEqual(codeOf(gateway.ask({ kind: 'retry-operation', id })), 'WRONG_STATE');
  const [request] = gateway.takeSent(port);
  assert.ok(request);
  gateway.receive(port, { ...answerTo(request), code: '2.04' });
  assert.deepEqual(codeOf(gateway.ask({ kind: 'cancel-operation', id })), 'WRONG_STATE');
  assert.deepEqual(codeOf(gateway.ask({ kind: 'retry-operation', id })), 'WRONG_STATE');
  assert.deepEqual(codeOf(gateway.ask({ kind: 'cancel-operation', id: 7 })), 'UNKNOWN_OPERATION');
  assert.deepEqual(codeOf(gateway.ask({ kind: 'retry-operation', id: 7 })), 'UNKNOWN_OPERATION');
});

test('who withdraws an observe stops waiting for it: its request and the wish go on', () => {
  const gateway = registered();
  const answer = gateway.ask({ kind: 'observe', endpoint: 'meter', path: value });
  assert.ok(answer?.kind === 'wished' && answer.operation !== undefined);
  cancelled(gateway, answer.operation.id);
  const [request] = gateway.takeSent(port);
  assert.ok(request);
  gateway.receive(port, answerTo(request, 1));
  const listed = gateway.inspect({ kind: 'observations', limit: 10 });
  assert.ok(listed.kind === 'observations');
  assert.deepEqual(
    listed.observations.map(({ path, state }) => [path, state]),
    [[value, 'running']],
  );
});

test('what is in doubt is sent anew under its id, for as long as at first, and a restart between is none of its business', () => {
  const { gateway, id } = inDoubt();
  const answer = gateway.ask({ kind: 'retry-operation', id });
  assert.ok(answer?.kind === 'accepted');
  assert.deepEqual([answer.operation.id, answer.operation.sends], [id, 1]);
  const [request] = gateway.takeSent(port).filter(({ code }) => code === '0.02');
  assert.ok(request);
  const next = restarted(gateway, 1_000, true, 3);
  next.pass(1_500);
  const [again] = next.takeSent(port).filter(({ code }) => code === '0.02');
  assert.deepEqual(again, request);
  next.receive(port, { ...answerTo(request), code: '2.04' });
  assert.equal(stateOf(next, id), 'done');
});

test('what is in doubt can be withdrawn, and stays so', () => {
  const { gateway, id } = inDoubt();
  assert.deepEqual([cancelled(gateway, id).state, operations(gateway).length], ['cancelled', 1]);
  assert.equal(stateOf(restarted(gateway, 1_000, true, 3), id), 'cancelled');
});

test('what is in doubt is not sent anew behind a full queue', () => {
  const { gateway, id } = inDoubt();
  for (let i = 0; i < limits.operationsQueuedPerPeerMax; i++) execute(gateway);
  assert.equal(codeOf(gateway.ask({ kind: 'retry-operation', id })), 'QUEUE_FULL');
  assert.equal(stateOf(gateway, id), 'in-doubt');
});

/** A gateway that has restarted a minute after it sent an Execute. */
function inDoubt(): { gateway: PlainGateway; id: number } {
  const before = registeredWithClock();
  const id = execute(before);
  before.takeSent(port);
  const gateway = restarted(before, 60_000);
  assert.equal(stateOf(gateway, id), 'in-doubt');
  return { gateway, id };
}

function registered(): PlainGateway {
  const gateway = new PlainGateway();
  gateway.receive(port, register('meter'));
  return gateway;
}

function execute(gateway: PlainGateway): number {
  const answer = gateway.ask({ kind: 'operate', endpoint: 'meter', operation: reboot, expiresMs: 60_000 });
  assert.ok(answer?.kind === 'accepted');
  return answer.operation.id;
}

function cancelled(gateway: PlainGateway, id: number): OperationView {
  const answer = gateway.ask({ kind: 'cancel-operation', id });
  assert.ok(answer?.kind === 'cancelled');
  return answer.operation;
}

function operations(gateway: PlainGateway): readonly OperationView[] {
  const answer = gateway.inspect({ kind: 'operations', from: { after: 0 }, limit: 100 });
  return answer.kind === 'operations' ? answer.operations : [];
}

function codeOf(answer: OperatorAnswer | undefined): string | undefined {
  return answer?.kind === 'error' ? answer.code : answer?.kind;
}
