/** What the tolerant reading takes and the strict one refuses, times, and the limits of a pack. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8Decode, utf8Encode } from '../../../src/base/bytes.ts';
import { limits } from '../../../src/base/limits.ts';
import { type DecodeOptions, decodePayload } from '../../../src/lwm2m/decode-payload.ts';
import { encodePayload } from '../../../src/lwm2m/encode-payload.ts';
import { isFormatError } from '../../../src/lwm2m/format-error.ts';
import { builtInModel } from '../../../src/lwm2m/objects/registry.ts';
import { everything, pathOf, type ResourcePath } from '../../../src/lwm2m/path.ts';

const battery = pathOf(3, 0, 9);

test('names without leading slash, without alternate path or missing altogether are taken, strictly not', () => {
  for (const [pack, code] of [
    ['[{"bn":"3/0/","n":"9","v":100}]', 'path'],
    ['[{"v":100}]', 'no-name'],
  ] as const) {
    assert.deepEqual(read(pack, battery), [{ path: battery, value: { type: 'integer', value: 100n } }]);
    assert.equal(read(pack, battery, { strict: true }), code);
  }
  const options = { rootPath: '/lwm2m' };
  for (const name of ['/3/0/9', '/lwm2m/3/0/9'])
    assert.equal((read(`[{"n":"${name}","v":100}]`, battery, options) as unknown[]).length, 1);
});

test('a record without name is not taken for an instance', () => {
  assert.equal(read('[{"v":100}]', pathOf(3, 0)), 'no-name');
});

test('times: absolute, relative to arrival, or not given', () => {
  const times = (pack: string) =>
    (read(pack, battery, { receivedAtWallSeconds: 2_000_000_000 }) as { timeSeconds?: number }[]).map(
      (entry) => entry.timeSeconds,
    );
  assert.deepEqual(times('[{"n":"/3/0/9","v":1}]'), [undefined]);
  assert.deepEqual(times('[{"n":"/3/0/9","v":1,"t":-5}]'), [1_999_999_995]);
  assert.deepEqual(times('[{"n":"/3/0/9","v":1,"t":0}]'), [2_000_000_000]);
  assert.deepEqual(times('[{"bt":1700000000,"n":"/3/0/9","v":1},{"n":"/3/0/9","v":1,"t":1}]'), [1.7e9, 1_700_000_001]);
});

test('whole numbers keep 64 bits in every notation', () => {
  for (const number of ['9007199254740993', '9007199254740993.0', '9.007199254740993e15'])
    assert.deepEqual(read(`[{"n":"/3/0/9","v":${number}}]`, battery), [
      { path: battery, value: { type: 'integer', value: 9_007_199_254_740_993n } },
    ]);
  assert.equal(read('[{"n":"/3/0/9","v":1e19}]', battery), 'value-range');
  assert.equal(read('[{"n":"/3/0/9","v":1e999999999}]', battery), 'value-range');
});

test('an unknown resource keeps the type that the wire gives it', () => {
  const path = pathOf(33_500, 0, 1);
  const typeOf = (member: string) =>
    (read(`[{"n":"${path}",${member}}]`, path) as { value: { type: string } }[])[0]?.value.type;
  assert.deepEqual(
    ['"v":1', '"v":1.0', '"v":18446744073709551615', '"vs":"a"', '"vb":true', '"vd":"AA"', '"vlo":"1:2"'].map(typeOf),
    ['integer', 'float', 'unsigned', 'string', 'boolean', 'opaque', 'objlnk'],
  );
});

test('escapes in strings are resolved, wrong ones refused', () => {
  const manufacturer = pathOf(3, 0, 0);
  const value = String.raw`a\"b\\c\/\n\u00fc`;
  assert.deepEqual(read(`[{"n":"/3/0/0","vs":"${value}"}]`, manufacturer), [
    { path: manufacturer, value: { type: 'string', value: 'a"b\\c/\nü' } },
  ]);
  for (const wrong of [String.raw`\x`, String.raw`\u12g4`, '\n', '\\'])
    assert.equal(read(`[{"n":"/3/0/0","vs":"${wrong}"}]`, manufacturer), 'syntax');
});

test('zero bytes are an empty pack where a path may have no value', () => {
  assert.deepEqual(read('', pathOf(2)), []);
  assert.deepEqual(read('', pathOf(3, 0, 6)), []);
  assert.equal(read('', battery), 'syntax');
  assert.equal(read('[]', battery), 'missing-value');
});

test('a pack of too many records is refused', () => {
  const record = (id: number) => `{"n":"/3303/${id}/5700","v":1}`;
  const pack = `[${Array.from({ length: limits.formatEntriesMax + 1 }, (_, id) => record(id)).join(',')}]`;
  assert.equal(read(pack, everything), 'too-many-entries');
});

test('values of a history are written with their times, untyped ones cannot be', () => {
  const entry = { path: battery, value: { type: 'integer', value: 5n }, timeSeconds: 1_700_000_000 } as const;
  const encoded = encodePayload(110, battery, [entry]);
  assert.equal(!isFormatError(encoded) && utf8Decode(encoded), '[{"bn":"/3/0/9","t":1700000000,"v":5}]');
  const untyped = { path: battery, value: { type: 'untyped', value: new Uint8Array(1), from: 'tlv' } } as const;
  for (const format of [110, 112]) {
    const result = encodePayload(format, battery, [untyped]);
    assert.equal(isFormatError(result) && result.formatError, 'unknown-type');
  }
});

function read(pack: string, base: ResourcePath, options: DecodeOptions = {}): unknown {
  const decoded = decodePayload(110, utf8Encode(pack), base, builtInModel, options);
  return 'error' in decoded ? decoded.error.formatError : decoded.entries;
}
