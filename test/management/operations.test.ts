/** Accepted operations over REST: the list and its filters, one of them, withdrawing, sending anew, and what is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OperatorAnswer } from '../../src/gateway/operator.ts';
import type { OperationState, OperationView } from '../../src/gateway/views.ts';
import { answered, ask, at, device, FakeKnowledge, operation, planned, sleeper } from './fake-knowledge.ts';

const target = '/api/holdfast/operations';

test('the list is an array, an operation a line, by id, chunk by chunk', () => {
  const here = knowing(...Array.from({ length: 130 }, (_, i) => operation(1_000 + i)));
  assert.deepEqual(listed(here, ''), [...here.operations.keys()]);
  assert.deepEqual(
    here.queries.filter(({ kind }) => kind === 'operations').length,
    2,
    'no more than a chunk a turn of the event loop',
  );
});

test('filters: the device, states, the newest so many', () => {
  const here = knowing(
    operation(1, { state: 'failed' }),
    operation(2, { endpoint: 'valve north/3', state: 'queued' }),
    operation(3, { state: 'in-doubt' }),
    operation(4),
  ).add(device('valve north/3'));
  assert.deepEqual(listed(here, '?state=queued,in-doubt'), [2, 3]);
  assert.deepEqual(listed(here, '?ep=valve%20north%2F3'), [2]);
  assert.deepEqual(listed(here, '?last=2'), [3, 4]);
  assert.deepEqual(listed(here, '?ep=meter-17&state=done,failed&last=9'), [1, 4]);
});

test('a filter that means nothing is refused; so is a device that nobody knows, unless operations of it are kept', () => {
  const here = knowing(operation(1, { endpoint: 'removed' })).add(device('meter-17'));
  const refusal = (query: string) => errorOf(answered(here, ask('GET', target + query)));
  assert.match(refusal('?state=queued,dun').message, /^"dun" is not a state: queued sent done failed/);
  assert.match(refusal('?state=').message, /^"" is not a state/);
  assert.match(refusal('?last=-1').message, /not a number of operations/);
  assert.deepEqual(refusal('?ep=meter-71').message, 'no device "meter-71". The nearest name: meter-17.');
  assert.deepEqual(listed(here, '?ep=removed'), [1]);
});

test('one of them, with its payload only when that is asked for', () => {
  const here = knowing(operation(5, { payload: Uint8Array.of(0xc0, 0xff) }));
  const body = (query: string) => answered(here, ask('GET', `${target}/5${query}`)).json() as { payload: unknown };
  assert.equal(body('').payload, null);
  assert.equal(body('?raw=true').payload, 'c0ff');
  assert.deepEqual(errorOf(answered(here, ask('GET', `${target}/6`))), {
    exit: 5,
    message: 'no operation 6: ids are forgotten some time after their end.',
    lines: ['All that are known:  holdfast operations'],
  });
});

test('DELETE withdraws, POST to retry sends anew; both answer with the operation', () => {
  for (const [method, path, kind] of [
    ['DELETE', '/5', 'cancel-operation'],
    ['POST', '/5/retry', 'retry-operation'],
  ] as const) {
    const plan = planned(new FakeKnowledge(), ask(method, target + path));
    assert.ok(plan.kind === 'operate');
    assert.deepEqual(plan.action, { kind, id: 5 });
  }
  const withdrawn = told('DELETE', { kind: 'cancelled', operation: operation(5, { state: 'cancelled', sends: 0 }) });
  assert.deepEqual([withdrawn.status, withdrawn.body['state']], [200, 'cancelled']);
  const retried = told('POST', { kind: 'accepted', operation: operation(5, { state: 'queued' }) });
  assert.deepEqual([retried.status, retried.body['state']], [200, 'queued']);
  assert.equal(told('DELETE', { kind: 'withdrawn', endpoint: 'm', paths: [] }).status, 500);
});

test('what a cancelled operation says to whoever waits for it', () => {
  const lines = (over: Partial<OperationView>) => {
    const body = answered(knowing(operation(5, { state: 'cancelled', ...over })), ask('GET', `${target}/5`)).json();
    const { error } = body as { error: { exit: number; lines: readonly string[] } };
    assert.equal(error.exit, 12);
    return error.lines.join(' ');
  };
  const path = at('/3/0/4');
  assert.equal(lines({ verb: 'execute', path, sends: 0 }), 'It had not been sent.');
  assert.equal(
    lines({ verb: 'execute', path, sends: 2 }),
    'It had been sent already, so meter-17 may have executed /3/0/4 all the same.',
  );
  assert.match(lines({ verb: 'write', path, sends: 1 }), /meter-17 may have written/);
  assert.match(lines({ verb: 'read', path, sends: 1 }), /the answer is not waited for/);
  assert.match(lines({ verb: 'observe', path }), /The wish stays\. .* holdfast unobserve meter-17 \/3\/0\/4$/);
});

test('what cannot be withdrawn or sent anew says why, by its state', () => {
  const refusal = (method: 'DELETE' | 'POST', state: OperationState) => {
    const answer = { kind: 'error', code: 'WRONG_STATE', message: '.' } as const;
    const { status, body } = told(method, answer, knowing(operation(5, { state })));
    assert.equal(status, 409);
    return errorIn(body).message;
  };
  assert.equal(refusal('DELETE', 'done'), 'operation 5 is done, so there is nothing to cancel. Nothing was changed.');
  assert.equal(refusal('POST', 'failed'), 'operation 5 has failed, not in doubt. Nothing was sent.');
  assert.equal(refusal('POST', 'sent'), 'operation 5 is under way, not in doubt. Nothing was sent.');
  const unknown = { kind: 'error', code: 'UNKNOWN_OPERATION', message: '.' } as const;
  assert.equal(told('DELETE', unknown).status, 404);
  const full = { kind: 'error', code: 'QUEUE_FULL', message: '.' } as const;
  const crowded = knowing(operation(5, { state: 'in-doubt' })).add({ ...sleeper('meter-17'), queued: 16 });
  assert.match(errorIn(told('POST', full, crowded).body).message, /^the queue of meter-17 is full: 16 operations/);
  const noStore = { kind: 'error', code: 'STORE_UNAVAILABLE', message: '.' } as const;
  const stuck = knowing(operation(5));
  stuck.store = 'full';
  assert.match(errorIn(told('DELETE', noStore, stuck).body).message, /^the store is full/);
});

test('other methods and paths are refused', () => {
  const here = new FakeKnowledge();
  assert.equal(answered(here, ask('PUT', `${target}/5`)).allow, 'GET, DELETE');
  assert.equal(answered(here, ask('GET', `${target}/5/retry`)).allow, 'POST');
  assert.equal(answered(here, ask('PUT', target)).allow, 'GET, POST');
  for (const wrong of ['/x', '/5/again', '/5/retry/now', '/-5']) {
    assert.equal(answered(here, ask('POST', target + wrong)).status, 404, wrong);
  }
});

function knowing(...operations: readonly OperationView[]): FakeKnowledge {
  const here = new FakeKnowledge();
  for (const one of operations) here.operations.set(one.id, one);
  return here;
}

function listed(here: FakeKnowledge, query: string): number[] {
  const plan = planned(here, ask('GET', target + query));
  assert.ok(plan.kind === 'list');
  const found: number[] = [];
  let after: string | undefined;
  do {
    const chunk = plan.chunk(after);
    for (const element of chunk.elements) found.push(JSON.parse(element).operation);
    after = chunk.after;
  } while (after !== undefined);
  return found;
}

function told(method: 'DELETE' | 'POST', answer: OperatorAnswer, here: FakeKnowledge = new FakeKnowledge()) {
  const plan = planned(here, ask(method, method === 'DELETE' ? `${target}/5` : `${target}/5/retry`));
  assert.ok(plan.kind === 'operate');
  const next = plan.next(answer);
  assert.ok(next.kind === 'respond');
  return { status: next.response.status, body: JSON.parse(next.response.body) as Record<string, unknown> };
}

interface Refusal {
  readonly exit: number;
  readonly message: string;
  readonly lines: readonly string[];
}

function errorIn(body: Record<string, unknown>): Refusal {
  return body['error'] as Refusal;
}

function errorOf(response: { readonly json: () => unknown }): Refusal {
  const { exit, message, lines } = errorIn(response.json() as Record<string, unknown>);
  return { exit, message, lines };
}
