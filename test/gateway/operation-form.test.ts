/** An operation comes back from its record as it went in. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8Encode } from '../../src/base/bytes.ts';
import { newOperation } from '../../src/gateway/operation.ts';
import { operationOf, recordOf } from '../../src/gateway/operation-form.ts';
import type { DeviceOperation } from '../../src/gateway/operator.ts';
import type { ResourcePath } from '../../src/lwm2m/path.ts';
import type { ResourceValue } from '../../src/lwm2m/value.ts';
import { operationRecord } from '../../src/records/operation-record.ts';
import { decodeKind, encodeKind } from '../../src/records/record-kind.ts';

const aead = { seal: (plaintext: Uint8Array) => plaintext, open: (sealed: Uint8Array) => sealed };
const path = '/3/0/14' as ResourcePath;
const values: readonly ResourceValue[] = [
  { type: 'string', value: 'Grüße' },
  { type: 'integer', value: -(2n ** 63n) },
  { type: 'integer', value: 3n },
  { type: 'unsigned', value: 2n ** 64n - 1n },
  { type: 'float', value: 21 },
  { type: 'float', value: Number.NaN },
  { type: 'boolean', value: false },
  { type: 'opaque', value: Uint8Array.of(0, 255) },
  { type: 'time', value: 1_790_000_000n },
  { type: 'objlnk', value: { objectId: 66, instanceId: 65_535 } },
  { type: 'corelnk', value: '</3/0>' },
  { type: 'none' },
];

const asked: readonly DeviceOperation[] = [
  { verb: 'read', path, format: 'senml-json' },
  { verb: 'discover', path },
  { verb: 'execute', path, arguments: `0='a',1` },
  { verb: 'write', path, entries: values.map((value) => ({ path, value })), replace: false, format: 'tlv' },
];

test('every operation, and every type of value', () => {
  for (const one of asked) {
    const times = {
      acceptedAtUptimeMs: 5,
      acceptedAtWall: undefined,
      expiresMs: 4.5,
      expiresAtUptimeMs: 9.5,
      expiresAtWall: 17,
    };
    const operation = newOperation({
      id: 7,
      isDurable: true,
      endpoint: 'meter',
      account: 'ops',
      path,
      asked: one,
      ...times,
    });
    operation.token = Uint8Array.of(1);
    const sent = { peer: 'p', token: Uint8Array.of(2), messageId: 3, association: 4, atUptimeMs: 6, atWall: 8 };
    operation.message = { ...sent, bytes: utf8Encode('message') };
    operation.state = 'sent';
    operation.sends = 2;
    const encoded = encodeKind(
      operationRecord,
      aead,
      'op/7',
      recordOf(operation as typeof operation & { asked: DeviceOperation }),
    );
    const decoded = decodeKind(operationRecord, aead, 'op/7', encoded);
    assert.ok('value' in decoded);
    assert.deepEqual(operationOf(7, decoded.value), { ...operation, interruption: 'restarted' });
  }
});

test('a message that is about to leave counts as one that has left', () => {
  const times = {
    acceptedAtUptimeMs: 0,
    acceptedAtWall: undefined,
    expiresMs: 1,
    expiresAtUptimeMs: 1,
    expiresAtWall: undefined,
  };
  const [, , execute] = asked;
  const operation = newOperation({
    isDurable: true,
    id: 7,
    endpoint: 'meter',
    account: 'ops',
    path,
    asked: execute as DeviceOperation,
    ...times,
  });
  const sent = { peer: 'p', token: Uint8Array.of(2), messageId: 3, association: 0, atUptimeMs: 6, atWall: undefined };
  operation.message = { ...sent, bytes: undefined };
  const { state, sends } = recordOf(operation as typeof operation & { asked: DeviceOperation });
  assert.deepEqual([state, sends], ['sent', 1]);
});
