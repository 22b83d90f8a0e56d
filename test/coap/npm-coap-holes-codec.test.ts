/** What `coap-packet` 1.1.1 lets through, hole by hole as they were measured, and that our codec does not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generate, parse } from 'coap-packet';
import { fromHex } from '../../src/base/bytes.ts';
import { decode, encode } from '../../src/coap/codec.ts';
import type { CoapMessage } from '../../src/coap/message.ts';

const letThrough: readonly (readonly [name: string, hex: string])[] = [
  ...[9, 12].map(
    (length) => [`a token of ${length} bytes`, `4${length.toString(16)}010001${'11'.repeat(length)}`] as const,
  ),
  ['a token that is cut off', '44010001aa'],
  ['the value of an option that is cut off', '40010001b57264'],
  ['a payload marker without a payload', '40010001ff'],
  ['a code of class 1', '40210001'],
  ['a code of class 6', '40c10001'],
  ['a code of class 7', '40e10001'],
];

for (const [name, hex] of letThrough)
  test(`${name}: there it is read, here it is dropped`, () => {
    const bytes = fromHex(hex) as Uint8Array;
    parse(Buffer.from(bytes));
    assert.equal(decode(bytes), 'malformed-message');
  });

const thrown: readonly (readonly [name: string, hex: string, reason: string])[] = [
  ['another version', '80010001', 'unknown-version'],
  ['an option delta of 15', `40010001f0${'00'.repeat(20)}`, 'malformed-message'],
  ['an option length of 15', `400100011f${'00'.repeat(300)}`, 'malformed-message'],
  ['less than four bytes', '400100', 'malformed-message'],
  ['an empty message that is not empty', '40000001ff00', 'malformed-message'],
];

for (const [name, hex, reason] of thrown)
  test(`${name}: there it is an exception, here a reason`, () => {
    const bytes = fromHex(hex) as Uint8Array;
    assert.throws(() => parse(Buffer.from(bytes)));
    assert.equal(decode(bytes), reason);
  });

test('writing changes nothing of the message, and no message ID is drawn: it is not a message without one', () => {
  const message: CoapMessage = {
    type: 'CON',
    code: '0.01',
    messageId: 7,
    token: Uint8Array.of(1),
    options: [
      { number: 17, value: Uint8Array.of(60) },
      { number: 11, value: Uint8Array.of(51) },
    ],
    payload: new Uint8Array(0),
  };
  const before = structuredClone(message);
  encode(Object.freeze({ ...message, options: Object.freeze(message.options) }));
  assert.deepEqual(message, before);
  const theirs = { code: '0.01', options: [{ name: 'Accept' as const, value: Buffer.of(60) }] };
  generate(theirs);
  assert.notDeepEqual(Object.keys(theirs), ['code', 'options'], 'there it does');
});
