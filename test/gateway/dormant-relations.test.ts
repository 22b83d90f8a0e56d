/** What a start found of relations stays as it is until their device is needed; what is damaged is told at once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerId } from '../../src/base/address.ts';
import { toHex } from '../../src/base/bytes.ts';
import type { Monotonic, Now, Wall } from '../../src/base/instants.ts';
import type { StoredRecord } from '../../src/commit/commit.ts';
import { DormantRelations } from '../../src/gateway/dormant-relations.ts';
import { Uptime } from '../../src/gateway/uptime.ts';
import { encodeKind, keyOf } from '../../src/records/record-kind.ts';
import { relationRecord } from '../../src/records/relation-record.ts';
import type { Aead } from '../../src/records/sealed-record.ts';
import { sequenceRecord } from '../../src/records/sequence-record.ts';

const aead: Aead = { seal: (plaintext) => plaintext, open: (sealed) => sealed };
const peer = 'field|meter' as PeerId;
const path = '/3303/0/5700';
const token = (byte: number): Uint8Array => new Uint8Array(8).fill(byte);

function relation(byte: number, askedAtUptimeMs: number, of = peer, endpoint = 'meter'): StoredRecord {
  const key = keyOf(relationRecord, endpoint, path, toHex(token(byte)));
  const requestPath = ['3303', '0', '5700'];
  const value = { peer: of, token: token(byte), standing: true, ended: false, askedAtUptimeMs };
  return { key, value: encodeKind(relationRecord, aead, key, { ...value, requestPath, query: [], accept: 110 }) };
}

function sequence(byte: number, number: number, atUptimeMs: number): StoredRecord {
  const key = keyOf(sequenceRecord, 'meter', path, toHex(token(byte)));
  return { key, value: encodeKind(sequenceRecord, aead, key, { sequence: number, atUptimeMs, received: 12 }) };
}

function restored(...records: readonly StoredRecord[]): { dormant: DormantRelations; uptime: Uptime } {
  const uptime = new Uptime();
  const dormant = new DormantRelations({ aead, uptime, entropy: () => {} });
  for (const record of records) assert.equal(dormant.restore(record), 'ours');
  return { dormant, uptime };
}

test('relations of a device come out once, the youngest first, with their sequences', () => {
  const { dormant } = restored(relation(1, 100), relation(2, 300), sequence(1, 9, 5_000));
  assert.ok(dormant.has('meter'));
  const { relations, unreadable } = dormant.take('meter');
  assert.deepEqual(unreadable, []);
  assert.deepEqual(
    relations.map(({ relation: { token: its, sequence: newest, keptAtUptimeMs }, received }) => [
      its[0],
      newest,
      keptAtUptimeMs,
      received,
    ]),
    [
      [2, undefined, undefined, 0],
      [1, 9, 5_000, 12],
    ],
  );
  assert.deepEqual(relations[0]?.relation.requestPath, ['3303', '0', '5700']);
  assert.ok(!dormant.has('meter'));
  assert.deepEqual(dormant.take('meter').relations, []);
});

test('the event log knows a newer notification, and an older one counts for nothing', () => {
  const { dormant } = restored(relation(1, 100), relation(2, 300), sequence(1, 9, 5_000), sequence(2, 9, 5_000));
  dormant.youngOf = () => [
    { peer, token: token(1), observe: 11, atUptimeMs: 6_000 },
    { peer, token: token(1), observe: 10, atUptimeMs: 6_100 },
    { peer, token: token(2), observe: 8, atUptimeMs: 4_000 },
  ];
  const { relations } = dormant.take('meter');
  const newest = relations.map(({ relation: one }) => [one.sequence, one.sequenceAtUptimeMs, one.keptAtUptimeMs]);
  assert.deepEqual(newest, [
    [9, 5_000, 5_000],
    [11, 6_000, 5_000],
  ]);
});

test('a device is found by every peer that it has relations with', () => {
  const other = 'field|meter-2' as PeerId;
  const { dormant } = restored(relation(1, 100), relation(2, 300, other), relation(3, 1, other, 'met'));
  assert.deepEqual(dormant.ofPeer(peer), ['meter']);
  assert.deepEqual(dormant.ofPeer(other), ['meter', 'met']);
  assert.deepEqual(dormant.ofPeer('field|unknown' as PeerId), []);
});

test('a start is later than whatever is dormant', () => {
  const { uptime } = restored(relation(1, 7_000), sequence(1, 9, 9_000));
  const now: Now = { monotonic: 0 as Monotonic, wall: 0 as Wall, wallTrusted: false };
  uptime.start(now);
  assert.ok(uptime.at(now) > 9_000);
});

test('what is damaged is told at the start, and what is of another kind is left to others', () => {
  const { dormant } = restored();
  const { key, value } = relation(1, 100);
  const damaged = value.slice();
  damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
  assert.deepEqual(dormant.restore({ key, value: damaged }), { damaged: 'checksum' });
  assert.equal(dormant.restore({ key: 'sn/meter', value }), undefined);
  assert.ok(!dormant.has('meter'));
});
