import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operationRequest } from '../../../src/api/operation-request.ts';
import type { OperationView } from '../../../src/gateway/views.ts';
import { device, entry, operation, sleeper } from '../../management/fake-knowledge.ts';
import { ask, FakeMachine, open, Reader, serving } from './fake-machine.ts';

const value = [entry('/3303/0/5700', { type: 'float', value: 21.5 })];

test('a Read in Leshan form is answered when its operation ends', async (t) => {
  const machine = accepting(1);
  const { socketPath } = await serving(t, machine);
  const answer = ask(socketPath, '/api/clients/meter-17/3303/0/5700');
  await asked(machine, 1);
  machine.emit({ kind: 'operation', operation: operation(9) });
  machine.emit({ kind: 'operation', operation: operation(1, { state: 'sent', code: undefined }) });
  machine.emit({ kind: 'operation', operation: operation(1, { entries: value }) });
  const { status, body } = await answer;
  assert.equal(status, 200);
  assert.equal(JSON.parse(body).content.value, '21.5');
  assert.equal(machine.listeners.size, 0);
});

test('an operation that ends before its caller has read that it was accepted', async (t) => {
  const machine = accepting(1);
  const accept = machine.answer;
  machine.answer = (action) => {
    queueMicrotask(() => machine.emit({ kind: 'operation', operation: operation(1, { entries: value }) }));
    return accept(action);
  };
  const { socketPath } = await serving(t, machine);
  assert.equal((await ask(socketPath, '/api/clients/meter-17/3303/0/5700')).status, 200);
});

test('no answer in time is HTTP 504; a device that sleeps is `delayed` at once', async (t) => {
  const machine = accepting(1);
  const { socketPath } = await serving(t, machine);
  const answer = ask(socketPath, '/api/clients/meter-17/3303/0/5700?timeout=1');
  await asked(machine, 1);
  machine.emit({ kind: 'operation', operation: operation(1, { state: 'sent', code: undefined }) });
  assert.equal((await answer).status, 504);
  machine.add(sleeper('meter-17'));
  const delayed = await ask(socketPath, '/api/clients/meter-17/3303/0/5700');
  assert.deepEqual(JSON.parse(delayed.body), { ep: 'meter-17', path: '/3303/0/5700', requestId: '2', delayed: true });
  assert.equal(machine.listeners.size, 0);
});

test('our operations are told line by line until all are over', async (t) => {
  const machine = accepting(1);
  const { socketPath } = await serving(t, machine);
  const message = await open(socketPath, '/api/holdfast/operations', post({ paths: ['/3303/0/5700', '/x', '/3/0'] }));
  assert.equal(message.headers['content-type'], 'application/x-ndjson; charset=utf-8');
  const reader = new Reader(message);
  await reader.until((text) => linesOf(text).length === 3);
  assert.deepEqual(
    linesOf(reader.text).map((line) => line.operation ?? line.error.code),
    [1, 'BAD_PATH', 2],
  );
  machine.emit({ kind: 'operation', operation: operation(2) });
  machine.emit({ kind: 'operation', operation: operation(1, { state: 'sent', code: undefined }) });
  machine.emit({ kind: 'operation', operation: operation(1, { entries: value }) });
  await reader.until(() => reader.ended);
  assert.deepEqual(
    linesOf(reader.text)
      .slice(3)
      .map((line) => [line.operation, line.state]),
    [
      [2, 'done'],
      [1, 'sent'],
      [1, 'done'],
    ],
  );
});

test('our operations end with the time, and say that no answer came', async (t) => {
  const machine = accepting(1);
  const { socketPath } = await serving(t, machine);
  const message = await open(socketPath, '/api/holdfast/operations', post({ paths: ['/3303/0/5700'], waitMs: 60 }));
  const reader = new Reader(message);
  await asked(machine, 1);
  await reader.until((text) => linesOf(text).length === 1);
  machine.emit({ kind: 'operation', operation: operation(1, { state: 'sent', code: undefined, sends: 2 }) });
  await reader.until(() => reader.ended);
  const last = linesOf(reader.text).at(-1);
  assert.equal(last?.error.message, 'no answer from meter-17 within 60ms (operation 1, sent twice).');
});

test('a long wait is kept alive; hanging up ends the waiting and not the operation', async (t) => {
  const machine = accepting(1);
  const { socketPath } = await serving(t, machine, { heartbeatMs: 10 });
  const said = post({ paths: ['/3303/0/5700'], waitMs: 7_200_000 });
  const reader = new Reader(await open(socketPath, '/api/holdfast/operations', said));
  await reader.until((text) => text.endsWith('\n\n\n'));
  reader.close();
  for (let i = 0; i < 100 && machine.listeners.size > 0; i++) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(machine.listeners.size, 0);
  assert.equal(machine.asked.length, 1);
});

test('what the gateway refuses as a whole has the status of its error', async (t) => {
  const { socketPath } = await serving(t, new FakeMachine());
  const { status, body } = await ask(socketPath, '/api/holdfast/operations', post({ paths: ['/3'] }));
  assert.equal(status, 404);
  assert.equal(JSON.parse(body).error.message, 'no device "meter-17".');
});

/** Takes every operation, with ids from `id` on. */
test('operations are listed, and withdrawn in the name of the caller when the gateway says so', async (t) => {
  const machine = new FakeMachine().add(device('meter-17'));
  for (const id of [7, 8]) machine.operations.set(id, queued(id));
  machine.answer = () => ({ kind: 'cancelled', operation: operation(8, { state: 'cancelled', sends: 0 }) });
  const { socketPath } = await serving(t, machine);
  const list = await ask(socketPath, '/api/holdfast/operations?state=queued');
  assert.deepEqual(
    JSON.parse(list.body).map(({ operation: id }: { operation: number }) => id),
    [7, 8],
  );
  const withdrawn = await ask(socketPath, '/api/holdfast/operations/8', { method: 'DELETE' });
  assert.deepEqual([withdrawn.status, JSON.parse(withdrawn.body).state], [200, 'cancelled']);
  assert.deepEqual(
    machine.asked.map(({ action }) => action),
    [{ kind: 'cancel-operation', id: 8 }],
  );
});

function accepting(id: number): FakeMachine {
  const machine = new FakeMachine().add(device('meter-17'));
  let next = id;
  machine.answer = () => ({ kind: 'accepted', operation: queued(next++) });
  return machine;
}

function queued(id: number): OperationView {
  return operation(id, { state: 'queued', code: undefined, roundTripMs: undefined });
}

async function asked(machine: FakeMachine, count: number): Promise<void> {
  while (machine.asked.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, 20));
}

function post(said: Parameters<typeof operationRequest>[2]) {
  return { method: 'POST', body: JSON.stringify(operationRequest('read', 'meter-17', said)) };
}

// biome-ignore lint/suspicious/noExplicitAny: what a JSON line holds is what the tests find out.
function linesOf(text: string): any[] {
  return text
    .split('\n')
    .slice(0, -1)
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
