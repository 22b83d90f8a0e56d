import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OperatorAnswer } from '../../src/gateway/operator.ts';
import type { OperationView } from '../../src/gateway/views.ts';
import type { ManagementResponse, Operate, Wait } from '../../src/management/plan.ts';
import {
  answered,
  ask,
  at,
  device,
  entry,
  FakeKnowledge,
  operation,
  planned,
  sleeper,
  unseen,
} from './fake-knowledge.ts';

test('Read: the action, and the body of one resource', () => {
  const { action, body } = asked('GET', '/api/clients/meter-17/3303/0/5700?timeout=3&format=SENML_CBOR', {
    entries: [entry('/3303/0/5700', { type: 'float', value: 21.5 })],
  });
  assert.deepEqual(action, {
    kind: 'operate',
    endpoint: 'meter-17',
    operation: { verb: 'read', path: '/3303/0/5700', format: 'senml-cbor' },
    expiresMs: 86_400_000,
  });
  assert.deepEqual(body, {
    status: 'CONTENT(205)',
    valid: true,
    success: true,
    failure: false,
    content: { kind: 'singleResource', id: 5700, type: 'FLOAT', value: '21.5' },
  });
});

test('Read waits for ten seconds if nothing is said, and for timeout seconds', () => {
  assert.equal(waitOf('/api/clients/meter-17/3/0').waitMs, 10_000);
  assert.equal(waitOf('/api/clients/meter-17/3/0?timeout=3').waitMs, 3_000);
  const wrong = answered(knowledge(), ask('GET', '/api/clients/meter-17/3/0?timeout=soon'));
  assert.equal(wrong.status, 400);
});

test('Write: nodes become entries, replace unless replace=false', () => {
  const node = { kind: 'singleResource', id: 14, type: 'string', value: '+01:00' };
  const { action, body } = asked(
    'PUT',
    '/api/clients/meter-17/3/0/14',
    { code: '2.04', verb: 'write' },
    JSON.stringify(node),
  );
  assert.deepEqual(action, {
    kind: 'operate',
    endpoint: 'meter-17',
    operation: {
      verb: 'write',
      path: '/3/0/14',
      entries: [{ path: '/3/0/14', value: { type: 'string', value: '+01:00' } }],
      replace: true,
    },
    expiresMs: 86_400_000,
  });
  assert.deepEqual(body, { status: 'CHANGED(204)', valid: true, success: true, failure: false });
  const instance = { kind: 'instance', id: 0, resources: [node] };
  const update = asked('PUT', '/api/clients/meter-17/3/0?replace=false', { code: '2.04' }, JSON.stringify(instance));
  assert.ok(update.action.kind === 'operate' && update.action.operation.verb === 'write');
  assert.equal(update.action.operation.replace, false);
});

test('Write: a body that is no node sends nothing', () => {
  for (const body of ['', '{', '{"kind":"obj"}', '{"kind":"singleResource","id":15,"type":"STRING","value":"x"}']) {
    const response = answered(knowledge(), ask('PUT', '/api/clients/meter-17/3/0/14', { body }));
    assert.equal(response.status, 400);
    assert.match(response.body, /^Invalid request: /);
  }
});

test('Execute takes its arguments from the body', () => {
  const { action, body } = asked(
    'POST',
    '/api/clients/meter-17/3/0/4',
    { code: '2.04', verb: 'execute' },
    '0="sensor",1',
  );
  assert.ok(action.kind === 'operate');
  assert.deepEqual(action.operation, { verb: 'execute', path: '/3/0/4', arguments: "0='sensor',1" });
  assert.deepEqual(body, { status: 'CHANGED(204)', valid: true, success: true, failure: false });
});

test('Discover: links with their attributes', () => {
  const { body } = asked('GET', '/api/clients/meter-17/3303/discover', {
    verb: 'discover',
    links: [{ uri: '/3303/0', attributes: { pmin: '10', ver: '1.1', flag: true } }],
  });
  assert.deepEqual(body, {
    status: 'CONTENT(205)',
    valid: true,
    success: true,
    failure: false,
    objectLinks: [{ url: '/3303/0', attributes: { pmin: 10, ver: '1.1', flag: null } }],
  });
});

test('Observe answers with the first value; a wish that stands with the newest', () => {
  const view = operation(1, { verb: 'observe', entries: [entry('/3303/0/5700', { type: 'float', value: 21.5 })] });
  const first = operateOf(ask('POST', '/api/clients/meter-17/3303/0/5700/observe'), knowledge());
  assert.deepEqual(first.action, { kind: 'observe', endpoint: 'meter-17', path: '/3303/0/5700' });
  const wish = {
    kind: 'wished',
    endpoint: 'meter-17',
    path: view.path,
    already: false,
    deviceState: 'online',
  } as const;
  const waiting = first.next({ ...wish, operation: view });
  assert.ok(waiting.kind === 'wait');
  const content = { kind: 'singleResource', id: 5700, type: 'FLOAT', value: '21.5' };
  assert.deepEqual(parsed(waiting.final(view)), {
    status: 'CONTENT(205)',
    valid: true,
    success: true,
    failure: false,
    content,
  });

  const running = {
    path: view.path,
    pminSeconds: undefined,
    pmaxSeconds: undefined,
    state: 'running',
    entry: view.entries[0],
    receivedSecondsAgo: 4,
    received: 2,
  } as const;
  const again = operateOf(
    ask('POST', '/api/clients/meter-17/3303/0/5700/observe'),
    new FakeKnowledge().add(device('meter-17', { observationList: [running] })),
  ).next({ ...wish, already: true });
  assert.ok(again.kind === 'respond');
  assert.deepEqual(parsed(again.response), {
    status: 'CONTENT(205)',
    valid: true,
    success: true,
    failure: false,
    content,
  });
});

test('DELETE observe withdraws the wish', () => {
  const operate = operateOf(ask('DELETE', '/api/clients/meter-17/3303/0/5700/observe'), knowledge());
  assert.deepEqual(operate.action, { kind: 'unobserve', endpoint: 'meter-17', path: '/3303/0/5700' });
  const done = operate.next({ kind: 'withdrawn', endpoint: 'meter-17', paths: [at('/3303/0/5700')] });
  assert.ok(done.kind === 'respond' && done.response.status === 200);
});

test('what the device refuses is HTTP 200 without success', () => {
  const { body, status } = asked('GET', '/api/clients/meter-17/3303/0/5700', { state: 'failed', code: '4.05' });
  assert.equal(status, 200);
  assert.deepEqual(body, { status: 'METHOD_NOT_ALLOWED(405)', valid: true, success: false, failure: true });
});

test('a device without registration: HTTP 400 and the text that clients know', () => {
  const here = new FakeKnowledge().add(unseen('yard-light')).add(device('old', { state: 'gone' }));
  for (const endpoint of ['yard-light', 'old', 'nobody']) {
    const response = answered(here, ask('GET', `/api/clients/${endpoint}/3/0`));
    assert.equal(response.status, 400);
    assert.equal(response.body, `No registered client with id '${endpoint}'`);
  }
});

test('time is up: HTTP 504; for a device that sleeps `delayed`', () => {
  const sent = operation(1850, { state: 'sent', code: undefined });
  const waiting = waitOf('/api/clients/meter-17/3/0');
  assert.equal(waiting.late(sent).status, 504);
  const asleep = new FakeKnowledge().add(sleeper('meter-17'));
  const delayed = operateOf(ask('GET', '/api/clients/meter-17/3303/0/5700'), asleep).next({
    kind: 'accepted',
    operation: operation(1843, { state: 'queued', code: undefined }),
  });
  assert.ok(delayed.kind === 'wait');
  assert.equal(delayed.waitMs, 0);
  const queued = operation(1843, { state: 'queued', code: undefined });
  assert.deepEqual(parsed(delayed.late(queued)), {
    ep: 'meter-17',
    path: '/3303/0/5700',
    requestId: '1843',
    delayed: true,
  });
});

test('an operation that failed without an answer tells why', () => {
  const waiting = waitOf('/api/clients/meter-17/3/0');
  const failed = (failure: string) => waiting.final(operation(1, { state: 'failed', code: undefined, failure }));
  assert.equal(failed('timeout').status, 504);
  assert.equal(failed('reset').status, 502);
  assert.equal(waiting.final(operation(1, { state: 'expired', code: undefined })).status, 504);
});

test('what is not built yet says so with 501', () => {
  const asks = [
    ask('PUT', '/api/clients/meter-17/3303/0/5700/attributes?pmin=10'),
    ask('POST', '/api/clients/meter-17/3303'),
    ask('DELETE', '/api/clients/meter-17/3303/0'),
    ask('GET', '/api/clients/meter-17/composite?paths=/3'),
  ];
  for (const request of asks) {
    const response = answered(knowledge(), request);
    assert.equal(response.status, 501);
    assert.match(response.body, /not built\. Nothing was sent\.$/);
  }
});

function knowledge(): FakeKnowledge {
  return new FakeKnowledge().add(device('meter-17'));
}

function operateOf(request: ReturnType<typeof ask>, here: FakeKnowledge): Operate {
  const found = planned(here, request);
  assert.ok(found.kind === 'operate', `${request.target} is planned as ${found.kind}`);
  return found;
}

function waitOf(target: string): Wait {
  const answer: OperatorAnswer = { kind: 'accepted', operation: operation(1, { state: 'queued', code: undefined }) };
  const next = operateOf(ask('GET', target), knowledge()).next(answer);
  assert.ok(next.kind === 'wait');
  return next;
}

/** The whole way: what is asked of the gateway, and the body once the operation ended as `over` says. */
function asked(method: string, target: string, over: Partial<OperationView>, body = '') {
  const { action, next } = operateOf(ask(method, target, { body }), knowledge());
  const ended = operation(1, over);
  const waiting = next({ kind: 'accepted', operation: { ...ended, state: 'queued', code: undefined } });
  assert.ok(waiting.kind === 'wait');
  const response = waiting.final(ended);
  return { action, status: response.status, body: parsed(response) };
}

function parsed(response: ManagementResponse): unknown {
  return JSON.parse(response.body);
}
