import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Address } from '../../src/base/address.ts';
import type { ListenerName } from '../../src/gateway/contract.ts';
import type { EventStream, StreamEvent } from '../../src/management/plan.ts';
import { answered, ask, at, device, entry, FakeKnowledge, logged, operation, planned } from './fake-knowledge.ts';

test("Leshan's stream: a notification with id, name and node", () => {
  const { render } = stream('/api/event');
  const node = { kind: 'singleResource', id: 5700, type: 'FLOAT', value: '21.5' };
  const data = { ep: 'meter-17', kind: 'single', res: '/3303/0/5700', val: node };
  assert.equal(
    render({ kind: 'logged', event: logged(48_210) }),
    `event: NOTIFICATION\nid: 48210\ndata: ${JSON.stringify(data)}\n\n`,
  );
  const { id: _, ...unlogged } = logged(1);
  assert.equal(
    render({ kind: 'notification', event: unlogged }),
    `event: NOTIFICATION\ndata: ${JSON.stringify(data)}\n\n`,
  );
});

test("Leshan's stream: Send, registration, update, presence, late answers", () => {
  const told = (event: StreamEvent) => parsed(stream('/api/event').render(event));
  const send = { ...logged(7), kind: 'send', path: undefined } as const;
  const node = { kind: 'singleResource', id: 5700, type: 'FLOAT', value: '21.5' };
  assert.deepEqual(told({ kind: 'logged', event: send }), ['SEND', { ep: 'meter-17', val: { '/3303/0/5700': node } }]);
  const [name, registration] = told({ kind: 'registered', endpoint: 'meter-17', lifetimeSeconds: 60, objects: 4 });
  assert.deepEqual([name, registration.endpoint, registration.lifetime], ['REGISTRATION', 'meter-17', 60]);
  const [updated, both] = told({ kind: 'updated', endpoint: 'meter-17' });
  assert.deepEqual(
    [updated, both.registration.registrationId, both.update],
    ['UPDATED', '4kX2', { registrationId: '4kX2' }],
  );
  const [gone, last] = told({ kind: 'deregistered', endpoint: 'removed-1', reason: 'removed' });
  assert.deepEqual([gone, last], ['DEREGISTRATION', { endpoint: 'removed-1' }]);
  assert.deepEqual(told({ kind: 'awake', endpoint: 'x', forMs: 93_000 }), ['AWAKE', { ep: 'x' }]);
  assert.deepEqual(told({ kind: 'sleeping', endpoint: 'x' }), ['SLEEPING', { ep: 'x' }]);
  const written = operation(1843, { verb: 'write', code: '2.04' });
  assert.deepEqual(told({ kind: 'operation', operation: written }), [
    'REQUEST_RESPONSE',
    {
      ep: 'meter-17',
      path: '/3303/0/5700',
      requestId: '1843',
      delayed: true,
      response: { status: 'CHANGED(204)', valid: true, success: true, failure: false },
    },
  ]);
  assert.deepEqual(told({ kind: 'gap', lost: 12_004, oldestId: 36_206 }), ['GAP', { lost: 12_004, oldestId: 36_206 }]);
});

test("Leshan's stream leaves out what its readers do not know", () => {
  const { render } = stream('/api/event');
  assert.equal(render({ kind: 'log', level: 'info', message: 'x' }), undefined);
  assert.equal(render({ kind: 'change', endpoint: 'x', account: 'ops', text: 'added' }), undefined);
  assert.equal(render({ kind: 'operation', operation: operation(1, { state: 'sent' }) }), undefined);
});

test("Leshan's stream: ep, from and Last-Event-ID", () => {
  const here = withLog(5);
  assert.deepEqual(startOf(stream('/api/event', here)), [undefined, 5, true]);
  assert.deepEqual(startOf(stream('/api/event?from=3', here)), [3, 3, true]);
  assert.deepEqual(startOf(stream('/api/event?from=start', here)), [0, 0, false]);
  const resumed = planned(here, ask('GET', '/api/event?from=3', { lastEventId: '4' }));
  assert.ok(resumed.kind === 'events');
  assert.deepEqual(startOf(resumed), [4, 4, true]);
  assert.equal(answered(here, ask('GET', '/api/event?from=yesterday')).status, 400);
  const narrow = stream('/api/event?ep=pump', here);
  assert.equal(narrow.render({ kind: 'logged', event: logged(6) }), undefined);
  assert.notEqual(narrow.render({ kind: 'logged', event: logged(6, 'pump') }), undefined);
  assert.notEqual(narrow.render({ kind: 'gap', lost: 1, oldestId: 2 }), undefined);
});

test('our stream: one object a line with every field', () => {
  const { render } = stream('/api/holdfast/events?from=now&follow=true');
  assert.deepEqual(line(render({ kind: 'logged', event: logged(48_210) })), {
    id: 48_210,
    at: '2026-11-22T18:31:07.000Z',
    type: 'NOTIFICATION',
    endpoint: 'meter-17',
    path: '/3303/0/5700',
    values: [{ path: '/3303/0/5700', name: 'Sensor Value', type: 'float', value: 21.5 }],
    operation: null,
    account: null,
    unverified: false,
    detail: {},
  });
  const undecoded = { ...logged(2), entries: [], undecoded: { contentFormat: 11_542, hex: 'ff' } };
  assert.deepEqual(line(render({ kind: 'logged', event: undecoded })).detail, { payload: 'ff', contentFormat: 11_542 });
});

test('our stream: what each type tells', () => {
  const { render } = stream('/api/holdfast/events?from=now&follow=true');
  const told = (event: StreamEvent) => {
    const { type, endpoint, path, operation: id, account, detail } = line(render(event));
    return [type, endpoint, path, id, account, detail];
  };
  const registered = { kind: 'registered', endpoint: 'a', lifetimeSeconds: 300, objects: 4 } as const;
  assert.deepEqual(told(registered), ['REGISTRATION', 'a', null, null, null, { lifetimeSeconds: 300, objects: 4 }]);
  const change = { kind: 'change', endpoint: 'a', account: 'ops', text: 'added' } as const;
  assert.deepEqual(told(change), ['CHANGE', 'a', null, null, 'ops', { text: 'added' }]);
  const refused = {
    kind: 'refused',
    listener: 'field' as ListenerName,
    from: '192.0.2.17:52114' as Address,
    text: 'unknown identity "meter-71"',
  } as const;
  const detail = { address: '192.0.2.17:52114', listener: 'field', text: 'unknown identity "meter-71"' };
  assert.deepEqual(told(refused), ['REFUSED', null, null, null, null, detail]);
  const response = { kind: 'operation', operation: operation(1843, { verb: 'write', code: '2.04' }) } as const;
  const how = { verb: 'write', state: 'done', code: '2.04' };
  assert.deepEqual(told(response), ['REQUEST_RESPONSE', 'meter-17', '/3303/0/5700', 1843, 'ops', how]);
  assert.deepEqual(told({ kind: 'awake', endpoint: 'a', forMs: 93_000 }).at(-1), { forSeconds: 93 });
  assert.deepEqual(told({ kind: 'deregistered', endpoint: 'a', reason: 'expired' }).at(-1), { reason: 'expired' });
});

test('our stream: filters by type, device and operation', () => {
  const render = (query: string) => stream(`/api/holdfast/events?from=now&follow=true&${query}`).render;
  const notification = { kind: 'logged', event: logged(1) } as const;
  const response = { kind: 'operation', operation: operation(1843) } as const;
  const gap = { kind: 'gap', lost: 1, oldestId: 2 } as const;
  const shown = (query: string) => [notification, response, gap].map((event) => render(query)(event) !== undefined);
  assert.deepEqual(shown('type=NOTIFICATION'), [true, false, true]);
  assert.deepEqual(shown('operation=1843'), [false, true, true]);
  assert.deepEqual(shown('ep=pump'), [false, false, true]);
  assert.equal(answered(new FakeKnowledge(), ask('GET', '/api/holdfast/events?type=NOISE')).status, 400);
});

test('our stream: the newest of what fits, found a chunk a step, then what follows', () => {
  const here = withLog(450);
  const newest = stream('/api/holdfast/events?last=3', here);
  assert.deepEqual([idsOf(newest), newest.after, newest.cursor, newest.follow], [[448, 449, 450], 450, 447, false]);
  const filtered = stream('/api/holdfast/events?last=2&ep=pump&follow=true', here);
  assert.deepEqual([idsOf(filtered), filtered.after, filtered.cursor], [[440, 450], 450, 439]);
  assert.equal(idsOf(stream('/api/holdfast/events', here)).length, 20);
  assert.ok(here.queries.every((query) => query.kind !== 'events' || query.limit <= 100));
});

test('how an operation ended is told from the log, with its id, and not once more', () => {
  const ended = operation(1843, { verb: 'write', code: '2.04', eventId: 7 });
  const { endpoint } = ended;
  const event = { kind: 'response', id: 7, endpoint, atWall: undefined, operation: ended } as const;
  for (const url of ['/api/event', '/api/holdfast/events?follow=true&operation=1843']) {
    const { render } = stream(url);
    assert.equal(render({ kind: 'operation', operation: ended }), undefined);
    assert.ok(render({ kind: 'logged', event })?.includes('REQUEST_RESPONSE'));
  }
  const told = line(stream('/api/holdfast/events?follow=true').render({ kind: 'logged', event }));
  assert.deepEqual([told.id, told.type, told.operation, told.detail.state], [7, 'REQUEST_RESPONSE', 1843, 'done']);
});

test('who asks for an operation whose end the log has is told once: by the replay, or at once', () => {
  const here = new FakeKnowledge();
  const ended = operation(1843, { eventId: 7 });
  here.operations.set(1843, ended);
  here.log.push({ kind: 'response', id: 7, endpoint: ended.endpoint, atWall: undefined, operation: ended });
  const opening = (from: string) =>
    stream(`/api/holdfast/events?from=${from}&follow=true&operation=1843`, here).opening;
  assert.deepEqual([opening('3').length, opening('7').length, opening('now').length], [0, 1, 1]);
  here.log.length = 0;
  assert.equal(opening('3').length, 1, 'the log has it no longer');
});

test('who asks for an operation that is over is told at once', () => {
  const here = new FakeKnowledge();
  here.operations.set(1843, operation(1843));
  const over = stream('/api/holdfast/events?from=now&follow=true&operation=1843', here);
  assert.equal(line(over.opening[0]).type, 'REQUEST_RESPONSE');
  here.operations.set(1843, operation(1843, { state: 'sent', code: undefined }));
  assert.deepEqual(stream('/api/holdfast/events?from=now&follow=true&operation=1843', here).opening, []);
});

test('a name with line breaks cannot forge an event', () => {
  const { render } = stream('/api/event');
  const event = {
    ...logged(1, 'x\ndata: y'),
    entries: [entry('/3/0/14', { type: 'string', value: 'a\r\n\r\nid: 9' })],
    path: at('/3/0/14'),
  };
  assert.equal(render({ kind: 'logged', event })?.split('\n').length, 5);
});

function withLog(count: number): FakeKnowledge {
  const here = new FakeKnowledge().add(device('meter-17'));
  for (let id = 1; id <= count; id++) here.log.push(logged(id, id % 10 === 0 ? 'pump' : 'meter-17'));
  return here;
}

function stream(target: string, here = new FakeKnowledge().add(device('meter-17'))): EventStream {
  const found = planned(here, ask('GET', target));
  assert.ok(found.kind === 'events', `${target} is planned as ${found.kind}`);
  return found;
}

function startOf({ after, cursor, tellsGap }: EventStream) {
  return [after, cursor, tellsGap];
}

function idsOf({ opening }: EventStream): number[] {
  return opening.map((text) => line(text).id);
}

// biome-ignore lint/suspicious/noExplicitAny: what a JSON line holds is what the tests find out.
function line(text: string | undefined): any {
  assert.ok(text?.endsWith('\n'), 'a line was told');
  return JSON.parse(text ?? '');
}

// biome-ignore lint/suspicious/noExplicitAny: as above.
function parsed(text: string | undefined): [string, any] {
  const [, name, data] = /^event: (\w+)\n(?:id: \d+\n)?data: (.*)\n\n$/.exec(text ?? '') ?? [];
  return [name ?? '', JSON.parse(data ?? 'null')];
}
