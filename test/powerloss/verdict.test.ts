/** A store that is as it has to be, and then each way in which it can be wrong. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StoredRecord } from '../../src/commit/commit.ts';
import { encodeRecord } from '../../src/records/envelope.ts';
import { eventName, eventRecord } from '../../src/records/event-record.ts';
import { keyOf } from '../../src/records/record-kind.ts';
import { registrationRecord } from '../../src/records/registration-record.ts';
import { seenRecord } from '../../src/records/seen-record.ts';
import type { History } from './history.ts';
import { type Expectation, judge } from './verdict.ts';

const history: History = {
  values: [
    { name: 'meter-1 1', receivedAt: 20, acknowledgedAt: 21 },
    { name: 'meter-1 2', receivedAt: 30, acknowledgedAt: 31 },
  ],
  registrations: new Map([
    ['meter-1', [{ lifetimeSeconds: 900, ended: false, receivedAt: 10, acknowledgedAt: 11, registrationId: 'x7' }]],
  ]),
  asked: [],
  kept: [],
  generations: [{ generation: 4, usedAt: 11 }],
  moments: [11, 21, 31],
};

function event(id: number, number: number): StoredRecord {
  const key = keyOf(eventRecord, eventName(id));
  const body = eventRecord.toBody({
    kind: 'notification',
    endpoint: 'meter-1',
    path: '/3303/0/5700',
    contentFormat: 0,
    payload: new TextEncoder().encode(`${number}.0`),
    atUptimeMs: 1,
    atWall: undefined,
    unverified: false,
    peer: 'peer',
    messageId: id,
    token: new Uint8Array(1),
    association: 0,
    digest: 0,
  });
  return { key, value: encodeRecord(key, eventRecord.version, body) };
}

const registration = ((): StoredRecord => {
  const key = keyOf(registrationRecord, 'meter-1');
  const words = { endpoint: 'meter-1', version: '1.1', binding: 'U', rootPath: '', lifetimeSeconds: 900 };
  const request = { ...words, objectLinks: [], contentFormats: [], profileIds: [] };
  const rest = { listener: 'plain', peer: 'peer', registrationId: 'x7', registeredAtUptimeMs: 1 };
  return { key, value: encodeRecord(key, 1, { ...rest, request }) };
})();
const seen = ((): StoredRecord => {
  const key = keyOf(seenRecord, 'meter-1');
  return { key, value: encodeRecord(key, 1, { u: 1, h: 1 }) };
})();

const whole = [registration, seen, event(1, 1), event(2, 2)];

function verdict(
  records: readonly StoredRecord[],
  more: Partial<Expectation & { found: number; notes: string[] }> = {},
) {
  const expected = { history, place: 40, generationAbove: 0, ownBatches: [], ...more };
  const violations = judge(expected, { generation: more.found ?? 5, notes: more.notes ?? [], records });
  return violations.map(({ kind }) => kind);
}

describe('a reopened store', () => {
  it('is well when it holds what was acknowledged', () => {
    assert.deepEqual(verdict(whole), []);
    assert.deepEqual(verdict([registration, seen, event(1, 1)], { place: 31 }), []);
  });

  it('has lost a value, a registration, or a generation', () => {
    assert.deepEqual(verdict([registration, seen, event(1, 1)]), ['lost']);
    assert.deepEqual(verdict([event(1, 1), event(2, 2)]), ['lost']);
    assert.deepEqual(verdict(whole, { found: 4 }), ['lost']);
    assert.deepEqual(verdict(whole, { generationAbove: 5 }), ['lost']);
  });

  it('is torn: half a batch, a gap in the log, a record that cannot be read, a damaged journal', () => {
    assert.deepEqual(verdict([registration, event(1, 1), event(2, 2)]), ['torn']);
    assert.deepEqual(verdict([registration, seen, event(1, 1), event(3, 2)]), ['torn']);
    const broken = { key: 'wi/x/y', value: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    assert.deepEqual(verdict([...whole, broken]), ['torn']);
    assert.deepEqual(verdict(whole, { notes: ['2 groups in the journal were damaged'] }), ['torn']);
  });

  it('holds what was never received, or twice', () => {
    assert.deepEqual(verdict(whole, { place: 30 }), ['invented']);
    assert.deepEqual(verdict([...whole, event(3, 2)]), ['invented']);
  });

  it('holds the batches that were committed after a recovery, each whole or not at all', () => {
    const writes = [1, 2].map((n) => ({ key: `powerloss/1/${n}`, value: Uint8Array.of(n) }));
    const batch = { name: 'batch 1', commitClass: 'before-ack' as const, writes };
    const [first] = writes as [StoredRecord];
    assert.deepEqual(verdict(whole, { ownBatches: [{ batch, durable: false }] }), []);
    assert.deepEqual(verdict([...whole, first], { ownBatches: [{ batch, durable: false }] }), ['torn']);
    assert.deepEqual(verdict([...whole, first], { ownBatches: [{ batch, durable: true }] }), ['lost']);
    assert.deepEqual(verdict([...whole, ...writes]), ['invented', 'invented']);
  });
});
