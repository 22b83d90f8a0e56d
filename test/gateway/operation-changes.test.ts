/** What an operator changes about operations: they are withdrawn, or sent anew when they are in doubt. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Monotonic, Wall } from '../../src/base/instants.ts';
import { Downlink } from '../../src/gateway/downlink.ts';
import type { OperatorAnswer } from '../../src/gateway/operator.ts';
import { Presence } from '../../src/gateway/presence.ts';
import type { Registrations } from '../../src/gateway/registrations.ts';
import { Step } from '../../src/gateway/step.ts';
import type { OperationView } from '../../src/gateway/views.ts';
import { builtInModel } from '../../src/lwm2m/objects/registry.ts';
import type { ResourcePath } from '../../src/lwm2m/path.ts';
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

test('what is in doubt is queued once more under its id, for as long as at first, and can be withdrawn instead', () => {
  const { downlink, step, view } = lonelyDownlink();
  const id = view.id;
  const operation = downlink.get(id);
  assert.ok(operation);
  operation.sends = 2;
  downlink.conclude(operation, 'in-doubt', step(50_000), 'timeout');
  const again = step(60_000);
  assert.equal(downlink.retry(id, again), operation);
  const { state, sends, failure, expiresAt } = operation;
  assert.deepEqual([state, sends, failure, expiresAt], ['queued', 2, undefined, 90_000]);
  assert.deepEqual(downlink.openOf('meter'), [operation]);
  assert.deepEqual(
    again.events.map((event) => event.kind),
    ['operation'],
  );
  downlink.conclude(operation, 'in-doubt', step(70_000), 'timeout');
  assert.equal(downlink.cancel(id, step(71_000)), operation);
  assert.equal(operation.state, 'cancelled');
});

test('what is in doubt is not sent anew behind a full queue', () => {
  const { downlink, step, view, accept } = lonelyDownlink(1);
  const operation = downlink.get(view.id);
  assert.ok(operation);
  downlink.conclude(operation, 'in-doubt', step(1), 'timeout');
  accept();
  assert.equal(downlink.retry(view.id, step(2)), 'queue-full');
  assert.equal(operation.state, 'in-doubt');
});

/** A downlink whose device is not there, with one operation that waits 30 s. */
function lonelyDownlink(queuedMax = 16) {
  const registrations = { registered: () => undefined } as unknown as Registrations;
  const downlink = new Downlink(registrations, new Presence(93_000), builtInModel, queuedMax);
  const step = (nowMs: number) => new Step({ monotonic: nowMs as Monotonic, wall: 0 as Wall, wallTrusted: false });
  const accept = (): OperationView => {
    const request = { endpoint: 'meter', operation: reboot, account: 'test', expiresMs: 30_000 };
    const accepted = downlink.accept(request, step(0));
    assert.ok(typeof accepted === 'object' && 'id' in accepted);
    return accepted;
  };
  return { downlink, step, accept, view: accept() };
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
