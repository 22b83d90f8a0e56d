/** Readers of the event log over REST: bodies, the flag that lets a cursor go back, and what is wrong with a request. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OperatorAnswer } from '../../src/gateway/operator.ts';
import { answered, ask, FakeKnowledge, planned } from './fake-knowledge.ts';

const target = '/api/holdfast/readers/cloud';
const moved = { kind: 'reader', name: 'cloud', cursor: 7, result: 'moved' } as const;

test('the list is an array, one reader a line', () => {
  const here = new FakeKnowledge();
  here.readers.push({ name: 'cloud', cursor: 7, unread: 2, lost: 0 });
  const plan = planned(here, ask('GET', '/api/holdfast/readers'));
  assert.ok(plan.kind === 'list');
  const elements = ['{"name":"cloud","cursor":7,"unread":2,"lost":0}'];
  assert.deepEqual(plan.chunk(undefined), { elements, after: undefined });
});

test('PUT sets a cursor, back only with reset=true; DELETE removes', () => {
  const action = (method: string, query: string) => {
    const plan = planned(new FakeKnowledge(), ask(method, target + query, { body: '{"cursor":7}' }));
    assert.ok(plan.kind === 'operate');
    return plan.action;
  };
  const expected = { kind: 'set-reader', name: 'cloud', cursor: 7, reset: false };
  assert.deepEqual(action('PUT', ''), expected);
  assert.deepEqual(action('PUT', '?reset=false'), expected);
  assert.deepEqual(action('PUT', '?reset=true'), { ...expected, reset: true });
  assert.deepEqual(action('DELETE', ''), { kind: 'remove-reader', name: 'cloud' });
});

test('what the gateway answers is told', () => {
  assert.deepEqual(told(moved), [200, { name: 'cloud', cursor: 7, result: 'moved' }]);
  const [status, body] = told({ kind: 'error', code: 'UNKNOWN_READER', message: 'There is no reader "cloud".' });
  assert.deepEqual([status, errorOf(body).exit, errorOf(body).message], [404, 5, 'There is no reader "cloud".']);
  assert.equal(told({ kind: 'error', code: 'BAD_REQUEST', message: '.' })[0], 400);
  assert.equal(told({ kind: 'error', code: 'LIMIT_REACHED', message: '.' })[0], 429);
  const unavailable = errorOf(told({ kind: 'error', code: 'STORE_UNAVAILABLE', message: '.' }, 'full')[1]);
  assert.match(unavailable.message, /^the store is full/);
  assert.equal(told({ kind: 'withdrawn', endpoint: 'x', paths: [] })[0], 500);
});

test('a body that is no cursor is refused, and nothing is asked of the gateway', () => {
  const bodies = ['', '{', 'null', '7', '[]', '{}', '{"cursor":null}', '{"cursor":"7"}', '{"cursor":-1}'];
  for (const body of [...bodies, '{"cursor":1.5}', '{"cursor":1e99}', '{"cursor":9007199254740993}']) {
    const { status, json } = answered(new FakeKnowledge(), ask('PUT', target, { body }));
    assert.equal(status, 400, body);
    assert.match(errorOf(json()).message, /^The body is \{"cursor":ID\}/);
  }
});

test('other methods and paths are refused', () => {
  assert.equal(answered(new FakeKnowledge(), ask('POST', target)).allow, 'PUT, DELETE');
  assert.equal(answered(new FakeKnowledge(), ask('PUT', '/api/holdfast/readers')).allow, 'GET');
  for (const wrong of ['/api/holdfast/readers/a/b', '/api/holdfast/readers/%ff']) {
    assert.equal(answered(new FakeKnowledge(), ask('PUT', wrong)).status, 404, wrong);
  }
});

function told(answer: OperatorAnswer, store: 'ok' | 'full' = 'ok'): [status: number, body: unknown] {
  const here = new FakeKnowledge();
  here.store = store;
  const plan = planned(here, ask('DELETE', target));
  assert.ok(plan.kind === 'operate');
  const next = plan.next(answer);
  assert.ok(next.kind === 'respond');
  return [next.response.status, JSON.parse(next.response.body)];
}

function errorOf(body: unknown): { readonly exit: number; readonly message: string } {
  return (body as { error: { exit: number; message: string } }).error;
}
