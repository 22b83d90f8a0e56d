/** Which records are a peer's, found out of what the store keeps; its key and the events are not among them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredRecord } from '../../src/commit/commit.ts';
import { PeerRecords } from '../../src/gateway/peer-records.ts';
import { associationRecord } from '../../src/records/association-record.ts';
import { credentialRecord } from '../../src/records/credential-record.ts';
import { encodeKind, type RecordKind } from '../../src/records/record-kind.ts';
import type { Aead } from '../../src/records/sealed-record.ts';
import { sessionRecord } from '../../src/records/session-record.ts';

const aead: Aead = { seal: (plaintext) => plaintext, open: (sealed) => sealed };
const bytes = new Uint8Array(4);

const credential = (identity: string) => {
  const made = { key: bytes, serial: 1, addedAtWall: undefined, addedBy: 'ops', proof: undefined };
  return { identity, ...made };
};
const session = (identity: string) => ({ identity, credentialSerial: 1, uptimeMs: 1, session: bytes });
const association = (identity: string) => ({
  listener: 'field',
  identity,
  address: '192.0.2.1:5',
  handshakeGeneration: 1,
  serial: 1,
  suite: 'x',
  usesConnectionId: true,
  role: 'server' as const,
  establishedAtUptimeMs: 1,
  restores: 0,
  exported: bytes,
});

test('the peer is known by its identity, whatever its endpoint is called', () => {
  const kept = [
    record(associationRecord, 'as/01', association('id 7')),
    record(associationRecord, 'as/02', association('other')),
    record(credentialRecord, 'cr/meter', credential('id 7')),
    record(credentialRecord, 'cr/id%207', credential('other')),
    record(sessionRecord, 'ss/aa', session('id 7')),
    record(sessionRecord, 'ss/bb', session('other')),
    { key: 'rg/broken', value: bytes },
  ];
  const records = new PeerRecords('field|id 7', aead);
  for (const one of kept) records.look(one);
  const its = [
    'as/01',
    'aw/01',
    'ss/aa',
    'cs/id%207',
    'ld/meter',
    'rg/meter',
    'sn/meter',
    'wi/meter/%2F3',
    'rl/meter/%2F3/0a',
    'rq/meter/%2F3/0a',
  ];
  for (const key of its) assert.equal(records.has(key), true, key);
  const others = [
    'as/02',
    'aw/02',
    'ss/bb',
    'cr/meter',
    'rg/id%207',
    'ev/000000000000001',
    'tk/keys',
    'mu/meter',
    'rg/meter2',
  ];
  for (const key of others) assert.equal(records.has(key), false, key);
});

function record<T>(kind: RecordKind<T>, key: string, value: T): StoredRecord {
  return { key, value: encodeKind(kind, aead, key, value) };
}
