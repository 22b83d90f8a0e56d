/** JSON keeps 64-bit integers digit by digit, and whatever devices put into strings. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { arrayLines, elementOfLine, parseJson, stringifyJson } from '../../src/api/json.ts';

const property = { seed: 17, numRuns: 300 };

test('integers of 64 bits go through without losing a digit', () => {
  assert.equal(stringifyJson({ value: 9_223_372_036_854_775_807n }), '{"value":9223372036854775807}');
  assert.deepEqual(parseJson('[18446744073709551615,-9223372036854775808,7,2.5e3]'), [
    18_446_744_073_709_551_615n,
    -9_223_372_036_854_775_808n,
    7,
    2_500,
  ]);
});

test('plain JSON means what it always meant', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      assert.equal(stringifyJson(value), text);
    }),
    property,
  );
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      const text = JSON.stringify(value);
      // Whole numbers out of range become bigint by design; all else is the same.
      if (!/\d{16}/.test(text)) assert.deepEqual(parseJson(text), JSON.parse(text));
    }),
    property,
  );
});

test('digits inside strings stay strings, quotes and backslashes around them too', () => {
  const tricky = { 'a"12345678901234567890': '\\"12345678901234567890', b: '\\', c: 12_345_678_901_234_567_890n };
  assert.deepEqual(parseJson(stringifyJson(tricky)), tricky);
});

test('a string that looks like our own mark does not become a number', () => {
  assert.equal(typeof JSON.parse(stringifyJson({ value: '\u0000integer5' })).value, 'string');
});

test('lines of an array are valid as a whole, and one element a line', () => {
  for (const elements of [[], [1], [{ a: 1 }, { a: 2 }, { a: 3 }]]) {
    const text =
      arrayLines.open +
      elements.map((element, i) => arrayLines.element(JSON.stringify(element), i === 0)).join('') +
      arrayLines.close(elements.length === 0);
    assert.deepEqual(JSON.parse(text), elements);
    const read = text.split('\n').flatMap((line) => elementOfLine(line) ?? []);
    assert.deepEqual(
      read.map((json) => JSON.parse(json)),
      elements,
    );
  }
});
