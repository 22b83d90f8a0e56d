/** Named readers through the whole gateway: what is answered, what is durable when, and what a restart finds of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/base/limits.ts';
import type { OperatorAnswer } from '../../src/gateway/operator.ts';
import type { ReaderView } from '../../src/gateway/views.ts';
import { confirmable, PlainGateway, register } from './plain-gateway.ts';

const port = 5_001;

test('a reader is added, moves on, and is removed; another start finds it where it was', () => {
  const gateway = new PlainGateway();
  report(gateway, 3);
  assert.deepEqual(set(gateway, 'cloud', 1), { kind: 'reader', name: 'cloud', cursor: 1, result: 'added' });
  assert.deepEqual(set(gateway, 'cloud', 3), { kind: 'reader', name: 'cloud', cursor: 3, result: 'moved' });
  assert.deepEqual(set(gateway, 'archive', 0), { kind: 'reader', name: 'archive', cursor: 0, result: 'added' });
  const both = [
    { name: 'archive', cursor: 0, unread: 3, lost: 0 },
    { name: 'cloud', cursor: 3, unread: 0, lost: 0 },
  ];
  assert.deepEqual(readersOf(gateway), both);
  const next = new PlainGateway(gateway.records, 2);
  assert.deepEqual(readersOf(next), both);
  const removed = next.ask({ kind: 'remove-reader', name: 'archive' });
  assert.deepEqual(removed, { kind: 'reader', name: 'archive', cursor: 0, result: 'removed' });
  assert.deepEqual(namesOf(new PlainGateway(next.records, 3)), ['cloud']);
});

test('adding, setting back and removing is answered when it is durable; moving on at once, and written soon', () => {
  const gateway = new PlainGateway();
  report(gateway, 2);
  const answers: (OperatorAnswer | undefined)[] = [];
  const asked = [
    () => set(gateway, 'cloud', 0),
    () => set(gateway, 'cloud', 2),
    () => set(gateway, 'cloud', 1, true),
    () => gateway.ask({ kind: 'remove-reader', name: 'cloud' }),
  ];
  for (const ask of asked) {
    gateway.storing = false;
    answers.push(ask());
    gateway.store();
  }
  assert.deepEqual(
    answers.map((answer) => answer?.kind),
    [undefined, 'reader', undefined, undefined],
  );
});

test('what is said twice is written once', () => {
  const gateway = new PlainGateway();
  set(gateway, 'cloud', 0);
  gateway.records.delete('rd/cloud');
  assert.equal(set(gateway, 'cloud', 0)?.kind, 'reader');
  assert.equal(gateway.records.has('rd/cloud'), false);
});

test('a cursor goes back only when that is said', () => {
  const gateway = new PlainGateway();
  report(gateway, 3);
  set(gateway, 'cloud', 3);
  const refused = 'The reader "cloud" has passed event 3: with reset=true its cursor goes back to 1.';
  assert.deepEqual(set(gateway, 'cloud', 1), { kind: 'error', code: 'BAD_REQUEST', message: refused });
  assert.equal(readersOf(gateway)[0]?.cursor, 3);
  assert.deepEqual(set(gateway, 'cloud', 1, true), { kind: 'reader', name: 'cloud', cursor: 1, result: 'reset' });
  assert.equal(readersOf(new PlainGateway(gateway.records, 2))[0]?.cursor, 1);
});

test('nobody has passed an event that is not durable', () => {
  const gateway = new PlainGateway();
  report(gateway, 1);
  gateway.storing = false;
  report(gateway, 1);
  const message = 'The reader "cloud" cannot have passed event 2: the newest is 1.';
  assert.deepEqual(set(gateway, 'cloud', 2), { kind: 'error', code: 'BAD_REQUEST', message });
  gateway.store();
  assert.equal(set(gateway, 'cloud', 2)?.kind, 'reader');
});

test('bad names and cursors are refused with a sentence, and nothing is written', () => {
  const gateway = new PlainGateway();
  const names = [
    '',
    '.',
    '..',
    '-a',
    'a b',
    'a/b',
    'ä',
    'a\n',
    'a\0',
    'x'.repeat(limits.eventReaderNameCharactersMax + 1),
  ];
  for (const name of names) {
    const answer = set(gateway, name, 0);
    assert.ok(answer?.kind === 'error' && answer.code === 'BAD_REQUEST', name);
    assert.match(answer.message, /^The name of a reader has 1 to 64 letters/);
  }
  for (const cursor of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 1]) {
    const answer = set(gateway, 'cloud', cursor);
    assert.ok(answer?.kind === 'error' && answer.code === 'BAD_REQUEST', String(cursor));
  }
  assert.deepEqual(
    [...gateway.records.keys()].filter((key) => key.startsWith('rd/')),
    [],
  );
  assert.equal(set(gateway, 'x'.repeat(limits.eventReaderNameCharactersMax), 0)?.kind, 'reader');
  const unknown = gateway.ask({ kind: 'remove-reader', name: 'cloud' });
  assert.deepEqual(unknown, { kind: 'error', code: 'UNKNOWN_READER', message: 'There is no reader "cloud".' });
});

test('there are so many readers and no more, and a known one may always move', () => {
  const gateway = new PlainGateway();
  report(gateway, 1);
  for (let i = 0; i < limits.eventReadersMax; i++) assert.equal(set(gateway, `reader-${i}`, 0)?.kind, 'reader');
  const answer = set(gateway, 'one-more', 0);
  assert.ok(answer?.kind === 'error' && answer.code === 'LIMIT_REACHED');
  assert.equal(set(gateway, 'reader-0', 1)?.kind, 'reader');
});

test('while the store takes nothing no reader is added or moved', () => {
  const gateway = new PlainGateway();
  gateway.refuse();
  const answer = set(gateway, 'cloud', 0);
  assert.ok(answer?.kind === 'error' && answer.code === 'STORE_UNAVAILABLE');
});

test('what the readers have passed leaves the store by itself, and is still told until the next start', () => {
  const gateway = new PlainGateway();
  report(gateway, 3);
  set(gateway, 'cloud', 3);
  gateway.pass(limits.exchangeLifetimeMs + 2 * limits.eventsPassedSpacingMs);
  assert.deepEqual(eventKeys(gateway), ['ev/000000000000003']);
  const events = (which: PlainGateway) => which.inspect({ kind: 'events', after: 0, limit: 9 });
  const before = events(gateway);
  assert.deepEqual(before.kind === 'events' && [before.events.length, before.lost], [3, 0]);
  const after = events(new PlainGateway(gateway.records, 2));
  assert.deepEqual(after.kind === 'events' && [after.events.length, after.lost, after.lastId], [1, 2, 3]);
});

test('a reader that lagged lets go at once what it passes', () => {
  const gateway = new PlainGateway();
  report(gateway, 3);
  set(gateway, 'cloud', 0);
  gateway.pass(2 * limits.exchangeLifetimeMs);
  assert.equal(eventKeys(gateway).length, 3);
  set(gateway, 'cloud', 2);
  assert.deepEqual(eventKeys(gateway), ['ev/000000000000003']);
});

test('a damaged record of a reader is set aside, and the others keep what they have not passed', () => {
  const gateway = new PlainGateway();
  report(gateway, 2);
  set(gateway, 'cloud', 2);
  set(gateway, 'archive', 1);
  gateway.records.set('rd/cloud', Uint8Array.of(1, 2, 3));
  assert.deepEqual(namesOf(new PlainGateway(gateway.records, 2)), ['archive']);
});

/** So many Sends of a device, each an event. */
function report(gateway: PlainGateway, count: number): void {
  const known = gateway.inspect({ kind: 'device', endpoint: 'meter' });
  if (known.kind === 'device' && known.device === undefined) gateway.receive(port, register('meter'));
  for (let i = 0; i < count; i++) {
    const options = [
      { name: 'Uri-Path' as const, value: Buffer.from('dp') },
      { name: 'Content-Format' as const, value: Buffer.from([110]) },
    ];
    const payload = Buffer.from('[{"n":"/3300/0/5700","v":21}]');
    gateway.receive(port, confirmable({ code: '0.02', options, payload }));
  }
}

function set(gateway: PlainGateway, name: string, cursor: number, reset = false): OperatorAnswer | undefined {
  return gateway.ask({ kind: 'set-reader', name, cursor, reset });
}

function readersOf(gateway: PlainGateway): readonly ReaderView[] {
  const answer = gateway.inspect({ kind: 'readers' });
  return answer.kind === 'readers' ? answer.readers : assert.fail('no readers');
}

function namesOf(gateway: PlainGateway): string[] {
  return readersOf(gateway).map(({ name }) => name);
}

function eventKeys(gateway: PlainGateway): string[] {
  return [...gateway.records.keys()].filter((key) => key.startsWith('ev/'));
}
