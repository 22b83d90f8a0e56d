import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { type KeptReport, Ledger, type ReportKind, reportPayload } from './ledger.ts';

let ledger: Ledger;
beforeEach(() => {
  ledger = new Ledger();
});

const report = (kind: ReportKind, number: number): KeptReport => ({
  endpoint: 'meter',
  kind,
  payload: reportPayload(kind, number),
});
const none = new Map<string, string>();

test('what was acknowledged has to be kept, what was only sent may be', () => {
  for (const number of [1, 2, 3, 4]) ledger.reportSent('meter', 'send', number);
  ledger.reportAcknowledged('meter', 'send', 1);
  ledger.reportAcknowledged('meter', 'send', 2);
  assert.equal(ledger.acknowledged, 2);
  const { lost, invented } = ledger.compare({ reports: [report('send', 1), report('send', 3)], registrations: none });
  assert.equal(lost.length, 1);
  assert.match(lost[0] ?? '', /^acknowledged, and lost: meter send .*"v":2\}/);
  assert.deepEqual(invented, []);
});

test('a report under another kind, under another name, or changed by a character, was never sent', () => {
  ledger.reportSent('meter', 'notification', 1);
  const other: KeptReport[] = [
    report('send', 1),
    { ...report('notification', 1), endpoint: 'meter-2' },
    { ...report('notification', 1), payload: '1 ' },
  ];
  const { invented } = ledger.compare({ reports: other, registrations: none });
  assert.equal(invented.length, 3);
});

test('nothing is kept twice', () => {
  ledger.reportSent('meter', 'notification', 1);
  const twice = [report('notification', 1), report('notification', 1)];
  assert.deepEqual(ledger.compare({ reports: twice, registrations: none }).invented, [
    'kept twice: meter notification 1',
  ]);
});

test('a registration has to be kept under the id that was acknowledged', () => {
  for (const endpoint of ['a', 'b', 'c', 'd']) ledger.registerSent(endpoint);
  for (const endpoint of ['a', 'b', 'c']) ledger.registerAcknowledged(endpoint, `id-${endpoint}`);
  const registrations = new Map([
    ['a', 'id-a'],
    ['b', 'another'],
    ['d', 'id-d'],
    ['e', 'id-e'],
  ]);
  assert.deepEqual(ledger.compare({ reports: [], registrations }), {
    lost: ['acknowledged, and lost: the registration of b', 'acknowledged, and lost: the registration of c'],
    invented: ['kept, and never asked for: the registration of e'],
  });
});

test('a copy stands still, and knows all that was sent', () => {
  ledger.reportSent('meter', 'send', 1);
  ledger.registerSent('meter');
  const copy = ledger.copy();
  ledger.reportAcknowledged('meter', 'send', 1);
  ledger.registerAcknowledged('meter', 'id');
  assert.equal(copy.acknowledged, 0);
  assert.deepEqual(copy.compare({ reports: [], registrations: none }), { lost: [], invented: [] });
  assert.equal(ledger.compare({ reports: [], registrations: none }).lost.length, 2);
  const kept = { reports: [report('send', 1)], registrations: new Map([['meter', 'id']]) };
  assert.deepEqual(copy.compare(kept).invented, []);
});
