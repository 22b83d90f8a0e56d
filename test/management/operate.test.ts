import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorDetails } from '../../src/api/error-codes.ts';
import { parseJson, stringifyJson } from '../../src/api/json.ts';
import { type OperationRequestBody, operationRequest } from '../../src/api/operation-request.ts';
import type { OperatorAction } from '../../src/gateway/operator.ts';
import type { Attempt, Operations } from '../../src/management/plan.ts';
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

const accepted = { kind: 'accepted', operation: operation(1842, { state: 'sent', code: undefined }) } as const;

test('read: one operation a path, told line by line', () => {
  const plan = operations({ verb: 'read', paths: ['/3303/0/5700', '3/0'] });
  assert.deepEqual(actionsOf(plan), [
    { kind: 'operate', endpoint: 'meter-17', operation: { verb: 'read', path: '/3303/0/5700' }, expiresMs: 86_400_000 },
    { kind: 'operate', endpoint: 'meter-17', operation: { verb: 'read', path: '/3/0' }, expiresMs: 86_400_000 },
  ]);
  const values = [entry('/3303/0/5700', { type: 'float', value: 21.5 })];
  assert.deepEqual(JSON.parse(plan.line(operation(1842, { entries: values, format: 'senml-cbor' }))), {
    operation: 1842,
    verb: 'read',
    endpoint: 'meter-17',
    path: '/3303/0/5700',
    state: 'done',
    code: '2.05',
    values: [{ path: '/3303/0/5700', name: 'Sensor Value', type: 'float', value: 21.5, unit: null }],
    links: null,
    account: 'ops',
    acceptedAt: '2026-11-22T18:31:03.000Z',
    acceptedSecondsAgo: 4,
    expiresAt: null,
    expiresInSeconds: null,
    roundTripMs: 38,
    sends: 1,
    device: { state: 'online', heardSecondsAgo: 4, nextUpdateInSeconds: 56, connected: true },
    observation: null,
    format: 'senml-cbor',
    payload: null,
    error: null,
  });
});

test('waits ten seconds for a device that is awake, not at all for one that sleeps, or as long as said', () => {
  assert.equal(operations({ verb: 'read', paths: ['/3/0'] }).waitMs, 10_000);
  assert.equal(operations({ verb: 'read', paths: ['/3/0'] }, new FakeKnowledge().add(sleeper('meter-17'))).waitMs, 0);
  assert.equal(operations({ verb: 'read', paths: ['/3/0'], waitMs: 7_200_000 }).waitMs, 7_200_000);
});

test('integers keep all their digits; NaN is a string; time is RFC 3339', () => {
  const plan = operations({ verb: 'read', paths: ['/3/0'] });
  const entries = [
    entry('/33500/0/1', { type: 'integer', value: 9223372036854775807n }),
    entry('/33500/0/2', { type: 'float', value: Number.NaN }),
    entry('/33500/0/3', { type: 'time', value: 1_795_372_267n }),
    entry('/33500/0/4', { type: 'objlnk', value: { objectId: 3303, instanceId: 0 } }),
    entry('/33500/0/5', { type: 'opaque', value: Uint8Array.of(10, 255) }),
  ];
  const line = plan.line(operation(1, { entries }));
  assert.match(line, /"value":9223372036854775807[,}]/);
  const { values } = parseJson(line) as { values: { value: unknown; type: string }[] };
  assert.deepEqual(
    values.map(({ type, value }) => [type, value]),
    [
      ['int', 9223372036854775807n],
      ['float', 'NaN'],
      ['time', '2026-11-22T18:31:07.000Z'],
      ['objlnk', '3303:0'],
      ['opaque', '0aff'],
    ],
  );
});

test('write: the type from the suffix, the definition, or the value observed last', () => {
  const observed = entry('/33500/0/2', { type: 'unsigned', value: 1n });
  const observation = {
    path: at('/33500/0'),
    pminSeconds: undefined,
    pmaxSeconds: undefined,
    state: 'running',
    received: 1,
  };
  const list = [{ ...observation, state: 'running', entry: observed, receivedSecondsAgo: 1 }] as const;
  const here = new FakeKnowledge().add(device('meter-17', { observationList: list }));
  assert.deepEqual(written(here, [typed('/33500/0/1', '21.5', 'float')]).entries, [
    { path: '/33500/0/1', value: { type: 'float', value: 21.5 } },
  ]);
  assert.deepEqual(written(here, [typed('/3/0/14', '+01:00')]).entries[0]?.value, { type: 'string', value: '+01:00' });
  assert.deepEqual(written(here, [typed('/33500/0/2', '7')]).entries[0]?.value, { type: 'unsigned', value: 7n });
});

test('write: a resource is replaced, an instance updated unless it is to be replaced', () => {
  const here = new FakeKnowledge().add(device('meter-17'));
  const one = written(here, [typed('/3/0/14', '+01:00')]);
  assert.deepEqual([one.path, one.replace], ['/3/0/14', true]);
  const two = [typed('/3/0/14', '+01:00'), typed('/3/0/15', 'Europe/Berlin')];
  const several = written(here, two);
  assert.deepEqual([several.path, several.replace], ['/3/0', false]);
  assert.equal(written(here, two, { replace: true }).replace, true);
  const instances = written(here, [typed('/3/0/7/0', '5000', 'int'), typed('/3/0/7/1', '4900', 'int')]);
  assert.deepEqual([instances.path, instances.replace], ['/3/0/7', true]);
});

test('write: files are bytes for opaque and text for the rest', () => {
  const here = new FakeKnowledge().add(device('meter-17'));
  const file = (path: string, type: string, hex: string) => ({ path, type, text: null, fileHex: hex });
  const value = (one: ReturnType<typeof file>) => written(here, [one]).entries[0]?.value;
  assert.deepEqual(value(file('/5/0/0', 'opaque', '0aff0a')), { type: 'opaque', value: Uint8Array.of(10, 255, 10) });
  assert.deepEqual(value(file('/3/0/14', 'string', '61620a')), { type: 'string', value: 'ab' });
});

test('mistakes, word for word, before anything is sent', () => {
  const value = (path: string, text: string) => refused({ verb: 'write', values: [typed(path, text)] });
  const float = value('/3303/0/5700', '21,5');
  assert.equal(float.message, '"21,5" is not a float, which /3303/0/5700 (Sensor Value) needs.');
  assert.deepEqual([float.lines, float.exit], [['Use a point:  21.5'], 2]);
  const unknown = value('/33500/0/1', '21.5');
  assert.equal(unknown.message, 'the type of /33500/0/1 is not known here. Say it, for example:');
  assert.equal(unknown.next, 'holdfast write meter-17 /33500/0/1:float 21.5');
  const path = refused({ verb: 'read', paths: ['/3303/0/5700/0/1'] });
  assert.equal(path.message, '/3303/0/5700/0/1 is not a path: four numbers at most, 0 to 65534.');
  assert.equal(value('/3/0', 'x').code, 'BAD_PATH');
  assert.equal(refused({ verb: 'execute', paths: ['/3/0'] }).code, 'BAD_PATH');
  assert.equal(refused({ verb: 'execute', paths: ['/3/0/4'], arguments: 'now' }).code, 'BAD_VALUE');
  assert.equal(refused({ verb: 'read', paths: [] }).code, 'BAD_PATH');
  assert.equal(refused({ verb: 'read', paths: ['/3'], format: 'xml' }).code, 'BAD_REQUEST');
  const twice = refused({ verb: 'write', values: [typed('/3/0/14', 'a'), typed('/3/0/14', 'b')] });
  assert.match(twice.message, /given twice/);
  const apart = refused({ verb: 'write', values: [typed('/3/0/14', 'a'), typed('/1/0/1', '5')] });
  assert.match(apart.message, /one instance/);
});

test('an unknown device is answered with the names nearest to it, from a search of one chunk a step', () => {
  const here = new FakeKnowledge();
  for (let i = 0; i < 350; i++) here.add(device(`sensor-${i}`));
  here.add(device('meter-17')).add(device('meter-7'));
  const error = refused({ verb: 'read', endpoint: 'meter-71', paths: ['/3'] }, here);
  assert.equal(error.message, 'no device "meter-71". The nearest names: meter-17, meter-7.');
  assert.ok(here.queries.every((query) => !('limit' in query) || query.limit <= 100));
});

test('a device that never registered: nothing to read; but it may be observed', () => {
  const here = new FakeKnowledge().add(unseen('yard-light'));
  const error = refused({ verb: 'write', endpoint: 'yard-light', values: [typed('/3/0/14', 'x')] }, here);
  assert.equal(error.message, 'yard-light has never registered, so there is nothing to write to.');
  assert.match(error.lines.join('\n'), /^Its key was added 3m ago\. Watch it arrive:/);
  const plan = operations({ verb: 'observe', endpoint: 'yard-light', paths: ['/3/0/9'], pminSeconds: 10 }, here);
  assert.deepEqual(actionsOf(plan), [{ kind: 'observe', endpoint: 'yard-light', path: '/3/0/9', pminSeconds: 10 }]);
  const wish = {
    kind: 'wished',
    endpoint: 'yard-light',
    path: at('/3/0/9'),
    already: false,
    deviceState: 'unseen',
  } as const;
  const body = JSON.parse(linesOf(plan.attempts[0], wish)[0] ?? '');
  assert.deepEqual(
    [body.operation, body.state, body.observation, body.device.state],
    [null, 'queued', { already: false }, 'unseen'],
  );
});

test('discover of / needs no request', () => {
  const plan = operations({ verb: 'discover', paths: ['/'] });
  const [attempt] = plan.attempts;
  assert.ok(attempt?.kind === 'known');
  const body = JSON.parse(attempt.line);
  assert.deepEqual(body.links[2], { path: '/3303/0', name: null, attributes: { pmin: 10 } });
  assert.deepEqual([body.operation, body.state], [null, 'done']);
});

test('unobserve tells each path that is no longer observed', () => {
  const plan = operations({ verb: 'unobserve', paths: [] });
  assert.deepEqual(actionsOf(plan), [{ kind: 'unobserve', endpoint: 'meter-17' }]);
  const gone = { kind: 'withdrawn', endpoint: 'meter-17', paths: [at('/3'), at('/4')] } as const;
  const paths = linesOf(plan.attempts[0], gone).map((line) => JSON.parse(line).path);
  assert.deepEqual(paths, ['/3', '/4']);
});

test('a path that cannot be tried does not keep the others from it', () => {
  const plan = operations({ verb: 'read', paths: ['/x', '/3/0'] });
  assert.deepEqual(
    plan.attempts.map((attempt) => attempt.kind),
    ['known', 'operate'],
  );
  const full = linesOf(plan.attempts[1], { kind: 'error', code: 'QUEUE_FULL', message: 'full' });
  assert.equal(JSON.parse(full[0] ?? '').error.code, 'QUEUE_FULL');
  assert.equal(linesOf(plan.attempts[1], accepted).length, 1);
});

test('ends without success are told in the words of the command line', () => {
  const plan = operations({ verb: 'write', values: [typed('/3303/0/5601', '1')] });
  const error = (over: Parameters<typeof operation>[1]): ErrorDetails =>
    JSON.parse(plan.line(operation(1850, { endpoint: 'meter-17', ...over }))).error;
  const refusal = error({ verb: 'write', state: 'failed', code: '4.05' });
  assert.equal(refusal.message, 'meter-17 refused: 4.05 method not allowed for /3303/0/5700.');
  assert.deepEqual(refusal.lines, ['Its definition says read-only. Nothing was changed.']);
  assert.equal(refusal.exit, 6);
  const doubt = error({ verb: 'execute', path: at('/3/0/4'), state: 'in-doubt', code: undefined });
  assert.equal(doubt.message, 'it is not known whether meter-17 executed /3/0/4 (operation 1850).');
  const unanswered = error({ verb: 'execute', path: at('/3/0/4'), state: 'in-doubt', failure: 'no-answer', sends: 5 });
  assert.deepEqual([unanswered.exit, unanswered.lines?.[0]], [9, 'It was sent 5 times, and no answer came.']);
  assert.equal(error({ state: 'expired', code: undefined }).exit, 7);
  assert.equal(error({ state: 'cancelled', code: undefined }).exit, 12);
  assert.equal(error({ state: 'failed', code: undefined, failure: 'timeout', sends: 5 }).code, 'NO_ANSWER');
});

test('when the waiting ends while it is sent, the last line says that no answer came', () => {
  const plan = operations({ verb: 'read', paths: ['/3/0'] });
  const late = JSON.parse(plan.late(operation(1851, { state: 'sent', code: undefined, sends: 3 })) ?? '');
  assert.equal(late.error.message, 'no answer from meter-17 within 10s (operation 1851, sent 3 times).');
  assert.equal(late.state, 'sent');
  assert.equal(plan.late(operation(1851, { state: 'queued', code: undefined })), undefined);
});

test('a store that takes nothing, in its own sentence', () => {
  const here = new FakeKnowledge().add(device('meter-17'));
  here.store = 'full';
  const plan = operations({ verb: 'read', paths: ['/3/0'] }, here);
  const [line] = linesOf(plan.attempts[0], { kind: 'error', code: 'STORE_UNAVAILABLE', message: 'no' });
  assert.equal(
    JSON.parse(line ?? '').error.message,
    'the store is full: the gateway takes no changes until there is room.',
  );
});

type Said = Partial<OperationRequestBody> & Pick<OperationRequestBody, 'verb'>;

function request({ verb, endpoint = 'meter-17', ...said }: Said) {
  return ask('POST', '/api/holdfast/operations', {
    body: JSON.stringify(operationRequest(verb, endpoint, said)),
    wantsJson: true,
  });
}

function operations(said: Said, here = new FakeKnowledge().add(device('meter-17'))): Operations {
  const plan = planned(here, request(said));
  assert.ok(plan.kind === 'operations', stringifyJson(plan));
  return plan;
}

function refused(said: Said, here = new FakeKnowledge().add(device('meter-17'))): ErrorDetails {
  return (answered(here, request(said)).json() as { error: ErrorDetails }).error;
}

function actionsOf(plan: Operations): OperatorAction[] {
  return plan.attempts.flatMap((attempt) => (attempt.kind === 'operate' ? [attempt.action] : []));
}

function linesOf(
  attempt: Attempt | undefined,
  answer: Parameters<Extract<Attempt, { kind: 'operate' }>['answered']>[0],
) {
  assert.ok(attempt?.kind === 'operate');
  return attempt.answered(answer).lines;
}

function typed(path: string, text: string, type: string | null = null) {
  return { path, type, text, fileHex: null };
}

function written(
  here: FakeKnowledge,
  values: OperationRequestBody['values'],
  said: Partial<OperationRequestBody> = {},
) {
  const [action] = actionsOf(operations({ verb: 'write', values, ...said }, here));
  assert.ok(action?.kind === 'operate' && action.operation.verb === 'write');
  return action.operation;
}
