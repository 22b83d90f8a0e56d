import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat, toHex } from '../../../src/base/bytes.ts';
import { limits } from '../../../src/base/limits.ts';
import { decodePayload } from '../../../src/lwm2m/decode-payload.ts';
import { isFormatError } from '../../../src/lwm2m/format-error.ts';
import { encodeTlv } from '../../../src/lwm2m/formats/tlv-encode.ts';
import { builtInModel } from '../../../src/lwm2m/objects/registry.ts';
import { pathOf, type ResourcePath } from '../../../src/lwm2m/path.ts';
import type { Entry } from '../../../src/lwm2m/value.ts';

test('bare resources of an object are instance 0 where there can be no other', () => {
  assert.deepEqual(read([0xc1, 0x09, 0x64], pathOf(3)), [{ path: '/3/0/9', value: { type: 'integer', value: 100n } }]);
  assert.equal(read([0xc1, 0x00, 0x01], pathOf(1)), 'nesting');
  assert.equal(read([0xc1, 0x00, 0x01], pathOf(33_500)), 'nesting');
});

test('the resources of another instance are not taken for those that were read', () => {
  assert.equal(read([0x03, 0x01, 0xc1, 0x09, 0x64], pathOf(3, 0)), 'path-mismatch');
  assert.equal((read([0x03, 0x00, 0xc1, 0x09, 0x64], pathOf(3, 0)) as unknown[]).length, 1);
});

test('an unknown resource keeps its bytes', () => {
  assert.deepEqual(read([0xc2, 0x01, 0xab, 0xcd], pathOf(33_500, 0)), [
    { path: '/33500/0/1', value: { type: 'untyped', value: Uint8Array.of(0xab, 0xcd), from: 'tlv' } },
  ]);
});

test('several objects do not fit into TLV', () => {
  assert.equal(read([], pathOf()), 'path');
  const several = encodeTlv(pathOf(), []);
  assert.equal(isFormatError(several) && several.formatError, 'path');
});

test('more values than the limit are refused, also when they are spread over levels', () => {
  const resource = (id: number) => Uint8Array.of(0xe0, id >> 8, id & 0xff);
  const level = concat(...Array.from({ length: limits.formatEntriesMax + 1 }, (_, id) => resource(id)));
  assert.equal(read([...level], pathOf(33_500, 0)), 'too-many-entries');
  const half = level.subarray(0, 3 * 3_000);
  const instance = (id: number) => concat(Uint8Array.of(0x10, id, half.length >> 8, half.length & 0xff), half);
  assert.equal(read([...instance(0), ...instance(1)], pathOf(33_500)), 'too-many-entries');
});

test('one resource with a value and instances at once cannot be written', () => {
  const value = { type: 'integer', value: 1n } as const;
  const mixed: Entry[] = [
    { path: pathOf(3, 0, 6), value },
    { path: pathOf(3, 0, 6, 0), value },
  ];
  for (const base of [pathOf(3), pathOf(3, 0), pathOf(3, 0, 6)]) {
    const encoded = encodeTlv(base, mixed);
    assert.equal(isFormatError(encoded) && encoded.formatError, 'duplicate', base);
  }
});

test('an empty multiple resource keeps its wrapper', () => {
  const empty = encodeTlv(pathOf(3, 0, 6), []);
  assert.equal(!isFormatError(empty) && toHex(empty), '8006');
});

function read(bytes: readonly number[], base: ResourcePath): unknown {
  const decoded = decodePayload(11_542, Uint8Array.from(bytes), base, builtInModel);
  return 'error' in decoded ? decoded.error.formatError : decoded.entries;
}
