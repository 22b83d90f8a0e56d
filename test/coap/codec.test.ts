/** The codec: every vector, both ways, and each leniency of `coap-packet` that the strict walk takes back. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fromHex, noBytes, toHex } from '../../src/base/bytes.ts';
import { dropReasons } from '../../src/base/drop-reason.ts';
import { limits } from '../../src/base/limits.ts';
import { decode, encode, encodeEmpty } from '../../src/coap/codec.ts';
import type { CoapMessage } from '../../src/coap/message.ts';
import { optionNumber } from '../../src/coap/option.ts';

interface Vector {
  readonly id: string;
  readonly kind: string;
  readonly direction: 'both' | 'decode' | 'encode';
  readonly hex: string;
  readonly valid: boolean;
  readonly expected: {
    readonly type: string;
    readonly code: string;
    readonly mid: number;
    readonly token: string;
    readonly options: readonly (readonly [string, string | number])[];
    readonly payload: string;
  } | null;
}

const vectors = (JSON.parse(readFileSync('test/vectors/coap.json', 'utf8')) as Vector[]).filter(
  (vector) => vector.kind === 'coap',
);

test('there are vectors', () => assert.ok(vectors.length > 40, `${vectors.length}`));

for (const { id, hex, valid, expected } of vectors) {
  test(`vector ${id}`, () => {
    const decoded = decode(bytesOf(hex));
    if (!valid || expected === null)
      return assert.ok((dropReasons as readonly unknown[]).includes(decoded), `${decoded}`);
    assert.ok(typeof decoded === 'object', `${decoded}`);
    const { type, code, mid, token, payload } = expected;
    assert.deepEqual(
      [decoded.type, decoded.code, decoded.messageId, toHex(decoded.token), toHex(decoded.payload)],
      [type, code, mid, token, payload],
    );
    assert.deepEqual(decoded.options.map(named), expected.options);
    assert.equal(toHex(encode(decoded)), hex);
  });
}

const dropped: readonly (readonly [name: string, hex: string, reason: string])[] = [
  ['nothing at all', '', 'malformed-message'],
  ['a header cut off', '400100', 'malformed-message'],
  ['version 0', '00010001', 'unknown-version'],
  ['a token of 9 bytes (RFC 8974 is not for this peer)', `4901000100112233445566778899`, 'malformed-message'],
  ['a token of 9 bytes, well formed otherwise', `49010001${'11'.repeat(9)}`, 'malformed-message'],
  ['a token of 13 bytes, extended', `4d010001${'00'.repeat(14)}`, 'malformed-message'],
  ['a truncated token', '44010001aa', 'malformed-message'],
  ['a truncated option value', '40010001b57264', 'malformed-message'],
  ['a truncated extended length', '40010001be01', 'malformed-message'],
  ['a payload marker without payload', '40010001ff', 'malformed-message'],
  ['code class 1', '40210001', 'malformed-message'],
  ['code class 6', '40c10001', 'malformed-message'],
  ['code class 7, signalling', '40e10001', 'malformed-message'],
  ['a request in an acknowledgement', '60010001', 'malformed-message'],
  ['a request in a reset', '70010001', 'malformed-message'],
  ['a response in a reset', '70450001', 'malformed-message'],
  ['an empty message with an option', '40000001b0', 'malformed-message'],
  ['an empty non-confirmable message', '50000001', 'malformed-message'],
  ['an option number beyond 65535', '40010001e0fff0e0ffff', 'malformed-message'],
];

for (const [name, hex, reason] of dropped) {
  test(`dropped: ${name}`, () => assert.equal(decode(bytesOf(hex)), reason));
}

test('dropped: a datagram longer than any of ours', () => {
  assert.equal(decode(new Uint8Array(limits.datagramBytesMax + 1).fill(0x40)), 'datagram-too-long');
});

test('a view into a larger buffer is read from its own beginning', () => {
  const large = new Uint8Array(64).fill(0xee);
  large.set(bytesOf('4145900301c0ff4f70'), 10);
  const decoded = decode(large.subarray(10, 19));
  assert.ok(typeof decoded === 'object');
  assert.equal(toHex(decoded.payload), '4f70');
  assert.equal(Object.getPrototypeOf(decoded.payload), Uint8Array.prototype, 'no Buffer leaves the codec');
});

test('options of 13, 269 and more bytes or numbers come back as they went', () => {
  const message: CoapMessage = {
    type: 'NON',
    code: '2.05',
    messageId: 65_535,
    token: Uint8Array.of(0),
    options: [3, 12, 13, 14, 268, 269, 270, 65_000].map((number, index) => ({
      number,
      value: new Uint8Array([0, 1, 12, 13, 14, 268, 269, 300][index] as number).fill(index),
    })),
    payload: Uint8Array.of(0xff, 0, 0xff),
  };
  assert.deepEqual(decode(encode(message)), message);
});

test('empty messages are four bytes', () => {
  assert.equal(toHex(encodeEmpty('ACK', 0x9002)), '60009002');
  assert.equal(toHex(encodeEmpty('RST', 0x9002)), '70009002');
  const empty = {
    type: 'RST',
    code: '0.00',
    messageId: 0x9002,
    token: noBytes,
    options: [],
    payload: noBytes,
  } as const;
  assert.deepEqual(decode(encode(empty)), empty);
});

test('the message of the caller is left as it was', () => {
  const options = [
    { number: optionNumber.uriPath, value: Uint8Array.of(1) },
    { number: optionNumber.etag, value: Uint8Array.of(2) },
  ];
  encode({ type: 'CON', code: '0.01', messageId: 1, token: noBytes, options, payload: noBytes });
  assert.deepEqual(
    options.map(({ number }) => number),
    [optionNumber.uriPath, optionNumber.etag],
  );
});

function bytesOf(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  assert.ok(bytes);
  return bytes;
}

const names = new Map<number, readonly [name: string, text: boolean]>([
  [optionNumber.uriPath, ['Uri-Path', true]],
  [optionNumber.uriQuery, ['Uri-Query', true]],
  [optionNumber.locationPath, ['Location-Path', true]],
  [optionNumber.contentFormat, ['Content-Format', false]],
  [optionNumber.accept, ['Accept', false]],
  [optionNumber.observe, ['Observe', false]],
  [optionNumber.block1, ['Block1', false]],
  [optionNumber.block2, ['Block2', false]],
  [optionNumber.size1, ['Size1', false]],
  [optionNumber.maxAge, ['Max-Age', false]],
]);

function named({ number, value }: { number: number; value: Uint8Array }): [string, string | number] {
  const [name, text] = names.get(number) ?? [`${number}`, false];
  if (text) return [name, Buffer.from(value).toString()];
  return [name, value.reduce((sum, byte) => sum * 256 + byte, 0)];
}
