/** What is accepted is kept: over restarts, until it ends or expires; and its end is told once it is durable. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ParsedPacket } from 'coap-packet';
import { limits } from '../../src/base/limits.ts';
import type { Answer } from '../../src/gateway/views.ts';
import type { ResourcePath } from '../../src/lwm2m/path.ts';
import {
  identity,
  loggedEnds,
  operate,
  port,
  read,
  reboot,
  registered,
  request,
  restarted,
  stateOf,
  viewOf,
  wallMs,
  write,
} from './operated-gateway.ts';
import { answerTo, atLocation, locationOf, PlainGateway, register } from './plain-gateway.ts';

test('an operation is accepted when it is durable, and the operator is told then', () => {
  const gateway = registered(wallMs, 'Q');
  gateway.pass(200_000);
  gateway.storing = false;
  assert.equal(gateway.ask({ kind: 'operate', endpoint: 'meter', operation: reboot, expiresMs: 60_000 }), undefined);
  gateway.store();
  const answers = gateway.events.flatMap((event) => (event.kind === 'answer' ? [event.answer.kind] : []));
  assert.deepEqual(answers, ['accepted']);
});

test('what may change a device leaves when its message is durable, in one commit with its acceptance', () => {
  for (const operation of [reboot, write]) {
    const gateway = registered();
    gateway.storing = false;
    gateway.ask({ kind: 'operate', endpoint: 'meter', operation, expiresMs: 60_000 });
    gateway.pass(5_000);
    assert.equal(request(gateway), undefined);
    gateway.store();
    assert.ok(request(gateway));
  }
});

test('with the store refusing nothing is accepted that would change a device; a Read goes on, and is not kept', () => {
  const gateway = registered();
  gateway.refuse();
  const answer = gateway.ask({ kind: 'operate', endpoint: 'meter', operation: write, expiresMs: 60_000 });
  assert.equal(answer?.kind === 'error' && answer.code, 'STORE_UNAVAILABLE');
  const id = operate(gateway, read);
  gateway.receive(port, answerTo(request(gateway) as ParsedPacket));
  assert.deepEqual([stateOf(gateway, id), viewOf(gateway, id).entries.length], ['done', 1]);
  assert.deepEqual(loggedEnds(gateway), []);
});

test('what is queued survives restarts, in order, and is delivered when the device wakes', () => {
  const first = new PlainGateway(new Map(), 1, wallMs);
  const location = locationOf(first.receive(port, register('meter', 'Q')));
  first.pass(200_000);
  const ids = [operate(first, reboot), operate(first, write), operate(first, read)];
  const second = restarted(first, 5_000);
  second.pass(1_000);
  const third = restarted(second, 5_000, false, 3);
  third.pass(600_000);
  assert.deepEqual(third.takeSent(port), [], 'it sleeps');
  const codes: string[] = [];
  const waiting = third.receive(port, atLocation('POST', location));
  for (let sent = waiting.shift(); sent !== undefined; sent = waiting.shift()) {
    if (!sent.code.startsWith('0.') || sent.code === '0.00') continue;
    codes.push(sent.code);
    waiting.push(...third.receive(port, { ...answerTo(sent), code: sent.code === '0.01' ? '2.05' : '2.04' }));
  }
  assert.deepEqual(codes, ['0.02', '0.03', '0.01']);
  assert.deepEqual(
    ids.map((id) => stateOf(third, id)),
    ['done', 'done', 'done'],
  );
  assert.deepEqual(
    loggedEnds(third).map(({ operation }) => operation),
    ids,
  );
});

test('ids are not given again after a restart', () => {
  const gateway = registered();
  const before = operate(gateway, read);
  const next = restarted(gateway, 1_000);
  assert.ok(operate(next, read) > before);
});

test('the ids of a start that gave more than its share are not given again either', () => {
  const gateway = registered(wallMs, 'Q');
  gateway.pass(200_000);
  // As if one start had given a million: its ids reach into the range of the next.
  const long = restarted(gateway, 1_000, true, 3);
  const waiting = operate(long, write);
  const next = restarted(long, 1_000, true, 2);
  assert.ok(operate(next, write) > waiting);
});

test('an outage counts toward a deadline as far as a trusted clock tells', () => {
  const left = (outageMs: number, tellsTime: boolean): number | undefined => {
    const gateway = registered(wallMs, 'Q');
    gateway.pass(200_000);
    const id = operate(gateway, write, 600_000);
    gateway.pass(100_000);
    // Something is kept now: uptime goes on from here.
    gateway.ask({ kind: 'observe', endpoint: 'meter', path: '/3300/0/5700' as ResourcePath });
    gateway.ask({ kind: 'set-reader', name: 'r', cursor: 0, reset: false });
    operate(gateway, read, 86_400_000);
    return viewOf(restarted(gateway, outageMs, tellsTime), id).expiresInMs;
  };
  assert.equal(Math.round((left(60_000, true) ?? 0) / 1_000), 440);
  assert.equal(Math.round((left(60_000, false) ?? 0) / 1_000), 500, 'nothing expires early');
  const gateway = registered(wallMs, 'Q');
  gateway.pass(200_000);
  const id = operate(gateway, write, 600_000);
  const next = restarted(gateway, 3_600_000);
  next.pass(1_000);
  assert.equal(stateOf(next, id), 'expired');
  const timeless = restarted(gateway, 3_600_000, false);
  timeless.pass(590_000);
  assert.equal(stateOf(timeless, id), 'queued');
  timeless.pass(20_000);
  assert.equal(stateOf(timeless, id), 'expired', 'nothing lives for ever');
});

test('the end of an operation is told with its event, once both are durable', () => {
  const gateway = registered();
  const id = operate(gateway, read);
  const sent = request(gateway);
  gateway.storing = false;
  gateway.events.length = 0;
  gateway.receive(port, answerTo(sent as ParsedPacket));
  assert.deepEqual(
    gateway.events.filter(({ kind }) => kind !== 'log'),
    [],
  );
  gateway.store();
  const told = gateway.events.flatMap((event) => (event.kind === 'operation' ? [event.operation] : []));
  const logged = gateway.events.flatMap((event) => (event.kind === 'logged' ? [event.event] : []));
  assert.deepEqual([told[0]?.state, told[0]?.eventId], ['done', logged[0]?.id]);
  assert.ok(logged[0]?.kind === 'response');
  assert.deepEqual(logged[0].operation.entries, told[0]?.entries);
  const next = restarted(gateway, 1_000);
  const view = viewOf(next, id);
  assert.deepEqual([view.state, view.entries.length, view.code, view.account], ['done', 1, '2.05', 'test']);
});

test('what is over is remembered, of each device the newest', () => {
  const gateway = registered();
  const ids: number[] = [];
  for (let i = 0; i < limits.operationsOverPerPeerMax + 3; i++) {
    ids.push(operate(gateway, write));
    const sent = request(gateway);
    gateway.receive(port, { ...answerTo(sent as ParsedPacket), code: '2.04' });
  }
  const kept = () => [...gateway.records.keys()].filter((key) => key.startsWith('op/')).length;
  assert.equal(kept(), limits.operationsOverPerPeerMax);
  assert.equal(gateway.inspect({ kind: 'operation', id: ids[0] as number }).kind, 'operation');
  const next = restarted(gateway, 1_000);
  assert.deepEqual([stateOf(next, ids.at(-1) as number), stateOf(next, ids[3] as number)], ['done', 'done']);
  const forgotten = next.inspect({ kind: 'operation', id: ids[2] as number });
  assert.equal(forgotten.kind === 'operation' && forgotten.operation, undefined);
});

test('nothing is kept of a value that was written, once it was', () => {
  const gateway = registered();
  const value = 'a password';
  const path = '/3300/0/5750' as ResourcePath;
  const operation = {
    verb: 'write',
    path,
    entries: [{ path, value: { type: 'string', value } }],
    replace: true,
  } as const;
  operate(gateway, operation);
  const isKept = () => [...gateway.records.values()].some((bytes) => Buffer.from(bytes).includes(value));
  assert.equal(isKept(), true);
  const sent = request(gateway);
  gateway.receive(port, { ...answerTo(sent as ParsedPacket), code: '2.04' });
  assert.equal(isKept(), false);
});

test('a device that does not take a format gets the next one, after a restart too', () => {
  const gateway = registered();
  const id = operate(gateway, write);
  const sent = request(gateway);
  const [second] = gateway.receive(port, { ...answerTo(sent as ParsedPacket), code: '4.15' });
  assert.ok(second);
  assert.notEqual(identity(second), identity(sent));
  const next = restarted(gateway, 2_000);
  next.pass(1_500);
  assert.equal(identity(request(next)), identity(second));
  next.receive(port, { ...answerTo(second), code: '2.04' });
  assert.equal(stateOf(next, id), 'done');
});

test('behind requests that nobody answers an operation waits for as long as it was to wait', () => {
  const gateway = registered();
  for (let i = 0; i < 12; i++) {
    gateway.ask({ kind: 'observe', endpoint: 'meter', path: `/3300/${i}/5700` as ResourcePath });
  }
  const id = operate(gateway, write, 3_600_000);
  gateway.pass(600_000);
  assert.equal(stateOf(gateway, id), 'queued');
  const waiting = gateway.takeSent(port).filter(({ code }) => code === '0.01');
  for (let sent = waiting.pop(); stateOf(gateway, id) === 'queued' && sent !== undefined; sent = waiting.pop()) {
    waiting.push(...gateway.receive(port, answerTo(sent, 1)).filter(({ code }) => code === '0.01'));
  }
  assert.equal(stateOf(gateway, id), 'sent');
});

test('observations that a device has not answered yet neither keep operations out nor grow without end', () => {
  const gateway = registered();
  for (let i = 0; i < limits.operationsQueuedPerPeerMax; i++) {
    gateway.ask({ kind: 'observe', endpoint: 'meter', path: `/3300/${i}/5700` as ResourcePath });
  }
  for (let i = 0; i < 50; i++) {
    const answer = gateway.ask({ kind: 'observe', endpoint: 'meter', path: '/3300/0/5700' as ResourcePath });
    assert.equal(answer?.kind, 'wished');
  }
  const { operations } = (gateway.inspect({ kind: 'status' }) as Extract<Answer, { kind: 'status' }>).status;
  assert.ok(operations.queued + operations.sent <= 2 * limits.operationsQueuedPerPeerMax, JSON.stringify(operations));
  operate(gateway, write);
});
