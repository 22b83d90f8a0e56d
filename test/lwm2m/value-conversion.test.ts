import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFormatError } from '../../src/lwm2m/format-error.ts';
import type { ResourceValue, ValueType } from '../../src/lwm2m/value.ts';
import { convertValue } from '../../src/lwm2m/value-conversion.ts';

const integer = (value: bigint): ResourceValue => ({ type: 'integer', value });
const float = (value: number): ResourceValue => ({ type: 'float', value });
const text = (value: string): ResourceValue => ({ type: 'string', value });

test('what loses nothing is converted', () => {
  assert.deepEqual(convertValue(float(100), 'integer'), integer(100n));
  assert.deepEqual(convertValue(integer(23n), 'float'), float(23));
  assert.deepEqual(convertValue(integer(5n), 'time'), { type: 'time', value: 5n });
  assert.deepEqual(convertValue(text('66:0'), 'objlnk'), { type: 'objlnk', value: { objectId: 66, instanceId: 0 } });
  assert.deepEqual(convertValue(text('</3>'), 'corelnk'), { type: 'corelnk', value: '</3>' });
});

test('all 64 bits count', () => {
  assert.deepEqual(convertValue(integer(2n ** 63n - 1n), 'unsigned'), { type: 'unsigned', value: 2n ** 63n - 1n });
  assert.equal(codeOf({ type: 'unsigned', value: 2n ** 63n }, 'integer'), 'value-range');
  assert.equal(codeOf(integer(-1n), 'unsigned'), 'value-range');
});

test('nothing is guessed', () => {
  assert.equal(codeOf(float(99.5), 'integer'), 'value-range');
  assert.equal(codeOf(float(Number.NaN), 'integer'), 'value-range');
  assert.equal(codeOf(text('100'), 'integer'), 'type-mismatch');
  assert.equal(codeOf(integer(1n), 'boolean'), 'type-mismatch');
  assert.equal(codeOf({ type: 'boolean', value: true }, 'float'), 'type-mismatch');
  assert.equal(codeOf(text('66:65536'), 'objlnk'), 'value-range');
  assert.equal(codeOf({ type: 'opaque', value: new Uint8Array(1) }, 'string'), 'type-mismatch');
});

function codeOf(value: ResourceValue, type: ValueType): string {
  const result = convertValue(value, type);
  return isFormatError(result) ? result.formatError : 'converted';
}
