/** Entries of the event log come back as they went in; those of older programs too. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8Encode } from '../../src/base/bytes.ts';
import { encodeRecord } from '../../src/records/envelope.ts';
import { type EventRecord, eventRecord } from '../../src/records/event-record.ts';
import { decodeKind, encodeKind } from '../../src/records/record-kind.ts';

const aead = { seal: (plaintext: Uint8Array) => plaintext, open: (sealed: Uint8Array) => sealed };
const common = { endpoint: 'meter', contentFormat: 0, payload: utf8Encode('21.5'), atUptimeMs: 5, atWall: undefined };

test('a report, and how an operation ended', () => {
  const message = { peer: 'p', messageId: 1, token: Uint8Array.of(2), association: 3, digest: 4, observe: undefined };
  const outcome = { id: 9, verb: 'read', state: 'done', account: 'ops', sends: 1, code: '2.05' };
  const records: EventRecord[] = [
    { kind: 'notification', ...common, path: '/3/0/9', unverified: true, ...message },
    { kind: 'send', ...common, path: undefined, unverified: false, ...message },
    { kind: 'response', ...common, path: '/3/0/9', operation: { ...outcome, failure: undefined, roundTripMs: 38 } },
  ];
  for (const record of records) {
    const decoded = decodeKind(eventRecord, aead, 'ev/1', encodeKind(eventRecord, aead, 'ev/1', record));
    assert.deepEqual('value' in decoded && decoded.value, record);
  }
});

test('a notification as it was written before operations were logged', () => {
  const body = {
    k: 0,
    e: 'meter',
    p: '/3/0/9',
    b: utf8Encode('1'),
    u: 5,
    n: 'p',
    m: 1,
    t: Uint8Array.of(2),
    a: 3,
    d: 4,
    o: 7,
  };
  const decoded = decodeKind(eventRecord, aead, 'ev/1', encodeRecord('ev/1', 1, body));
  assert.ok('value' in decoded && decoded.value.kind === 'notification');
  assert.deepEqual([decoded.value.observe, decoded.value.unverified], [7, false]);
});

test('what lacks something is malformed', () => {
  const body = {
    k: 2,
    e: 'meter',
    p: '/3/0/9',
    b: utf8Encode('1'),
    u: 5,
    q: { id: 1, verb: 'read', state: 'done', account: 'ops' },
  };
  for (const wrong of [body, { ...body, q: 7 }, { ...body, k: 3 }, { ...body, k: 0 }]) {
    assert.deepEqual(decodeKind(eventRecord, aead, 'ev/1', encodeRecord('ev/1', 1, wrong)), { why: 'malformed' });
  }
});
