import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { concat, equalBytes, fromHex, noBytes, toHex, utf8Decode, utf8Encode, wipe } from '../../src/base/bytes.ts';

const settings = { seed: 1, numRuns: 200 };
const anyBytes = fc.uint8Array({ maxLength: 64 });

test('hex has two lower-case digits a byte', () => {
  assert.equal(toHex(Uint8Array.of(0, 1, 0x0f, 0x10, 0xab, 0xff)), '00010f10abff');
  assert.equal(toHex(noBytes), '');
  assert.deepEqual(fromHex('00010f10ABff'), Uint8Array.of(0, 1, 0x0f, 0x10, 0xab, 0xff));
  assert.deepEqual(fromHex(''), noBytes);
});

test('what is not hex of whole bytes is not read', () => {
  for (const text of ['0', '000', '0g', ' 00', '0x00', '00 ', '-1', '٠٠']) assert.equal(fromHex(text), undefined, text);
});

test('hex reads back', () => {
  fc.assert(
    fc.property(anyBytes, (bytes) => assert.deepEqual(fromHex(toHex(bytes)), bytes)),
    settings,
  );
});

test('UTF-8 reads back, a byte order mark included', () => {
  const text = fc.string({ unit: 'grapheme' });
  fc.assert(
    fc.property(text, (value) => assert.equal(utf8Decode(utf8Encode(value)), value)),
    settings,
  );
  assert.equal(utf8Decode(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)), '\ufeffa');
});

test('bytes that are not UTF-8 are no text', () => {
  const wrong = ['80', 'c0af', 'ed a080', 'f4908080', '61ff', 'e282'];
  for (const hex of wrong) assert.equal(utf8Decode(fromHex(hex.replace(' ', '')) ?? noBytes), undefined, hex);
});

test('parts are put together into new bytes', () => {
  const part = Uint8Array.of(1, 2);
  const whole = concat(part, noBytes, Uint8Array.of(3));
  assert.deepEqual(whole, Uint8Array.of(1, 2, 3));
  whole[0] = 9;
  assert.deepEqual(part, Uint8Array.of(1, 2));
  assert.deepEqual(concat(), noBytes);
});

test('bytes are equal when all of them are, wherever they lie', () => {
  fc.assert(
    fc.property(anyBytes, anyBytes, (a, b) => assert.equal(equalBytes(a, b), toHex(a) === toHex(b))),
    settings,
  );
  assert.equal(equalBytes(Uint8Array.of(0, 1, 2).subarray(1), Uint8Array.of(1, 2)), true);
  assert.equal(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3)), false);
  assert.equal(equalBytes(Uint8Array.of(1), Uint8Array.of(1, 0)), false);
});

test('wiped bytes are gone', () => {
  const secret = Uint8Array.of(1, 2, 3);
  wipe(secret);
  assert.deepEqual(secret, new Uint8Array(3));
});
