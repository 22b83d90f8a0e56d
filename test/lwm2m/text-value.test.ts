/** Values as the command line's own paper writes them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNotAValue, parseTextValue } from '../../src/lwm2m/text-value.ts';
import type { ValueType } from '../../src/lwm2m/value.ts';

const wallSeconds = 1_795_370_400;

test('whole numbers in decimal and hex, with all 64 bits', () => {
  assert.equal(valueOfText('42', 'integer'), 42n);
  assert.equal(valueOfText('-5', 'integer'), -5n);
  assert.equal(valueOfText('0x2a', 'integer'), 42n);
  assert.equal(valueOfText('18446744073709551615', 'unsigned'), 2n ** 64n - 1n);
  assert.equal(hintOf('18446744073709551616', 'unsigned'), 'It is a number from 0 to 18446744073709551615.');
  assert.equal(hintOf('1.5', 'integer'), 'It takes whole numbers only.');
  for (const wrong of ['', ' 1', '1 ', '1_000', '1e3', '0x', 'x'])
    assert.equal(hintOf(wrong, 'integer'), undefined, wrong);
});

test('floats with a point, an exponent, nan', () => {
  assert.equal(valueOfText('21.5', 'float'), 21.5);
  assert.equal(valueOfText('1e-3', 'float'), 0.001);
  assert.ok(Number.isNaN(valueOfText('nan', 'float')));
  assert.equal(valueOfText('-inf', 'float'), Number.NEGATIVE_INFINITY);
  assert.equal(hintOf('21,5', 'float'), 'Use a point:  21.5');
  for (const wrong of ['', '1e999', 'constructor', '0x10', '1.2.3'])
    assert.equal(hintOf(wrong, 'float'), undefined, wrong);
});

test('booleans in four spellings', () => {
  assert.deepEqual(
    ['true', '1', 'false', '0'].map((text) => valueOfText(text, 'boolean')),
    [true, true, false, false],
  );
  assert.equal(hintOf('yes', 'boolean'), 'One of:  true false 1 0');
});

test('opaque in hex or base64', () => {
  assert.deepEqual(valueOfText('0aff', 'opaque'), Uint8Array.of(10, 255));
  assert.deepEqual(valueOfText('base64:Cv8=', 'opaque'), Uint8Array.of(10, 255));
  assert.deepEqual(valueOfText('', 'opaque'), new Uint8Array(0));
  assert.equal(hintOf('0af', 'opaque'), 'It has 3 hex digits; two make a byte.');
  assert.match(hintOf('hello', 'opaque') ?? '', /^Hex, base64/);
});

test('times with a zone, as seconds, or now', () => {
  assert.equal(valueOfText('2026-11-22T18:00:00Z', 'time'), 1_795_370_400n);
  assert.equal(valueOfText('2026-11-22T19:00:00+01:00', 'time'), 1_795_370_400n);
  assert.equal(valueOfText('1795370400', 'time'), 1_795_370_400n);
  assert.equal(valueOfText('-1', 'time'), -1n);
  assert.equal(valueOfText('now', 'time'), 1_795_370_400n);
  assert.equal(hintOf('2026-11-22T18:00:00', 'time'), 'Say the zone:  2026-11-22T18:00:00Z');
  assert.match(hintOf('2026-02-30T18:00:00Z', 'time') ?? '', /^For example/);
});

test('now means nothing while no clock is trusted', () => {
  const result = parseTextValue('now', 'time', undefined);
  assert.equal(isNotAValue(result) && result.hint, 'The clock is not trusted; say the time itself.');
});

test('object links, strings as they are, and nothing for an executable resource', () => {
  assert.deepEqual(valueOfText('3303:0', 'objlnk'), { objectId: 3303, instanceId: 0 });
  assert.equal(hintOf('3303', 'objlnk'), 'Object and instance:  3303:0');
  assert.equal(valueOfText('', 'string'), '');
  assert.equal(valueOfText('+01:00', 'string'), '+01:00');
  assert.match(hintOf('1', 'none') ?? '', /executable/);
});

function valueOfText(text: string, type: ValueType): unknown {
  const result = parseTextValue(text, type, wallSeconds);
  if (isNotAValue(result)) assert.fail(`${text}: ${result.hint}`);
  assert.equal(result.type, type);
  return 'value' in result ? result.value : undefined;
}

function hintOf(text: string, type: ValueType): string | undefined {
  const result = parseTextValue(text, type, wallSeconds);
  if (!isNotAValue(result)) assert.fail(`"${text}" was taken`);
  return result.hint;
}
