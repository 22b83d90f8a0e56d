/** Our codec against `coap-packet`, written by others: the same bytes for every message, the same message for its bytes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generate, parse } from 'coap-packet';
import fc from 'fast-check';
import { toHex } from '../../src/base/bytes.ts';
import { type Code, codeOfByte, toByte } from '../../src/coap/code.ts';
import { decode, encode } from '../../src/coap/codec.ts';
import type { CoapMessage } from '../../src/coap/message.ts';

/** Lengths and numbers on both sides of 13 and 269, where the format changes. */
const edges = [0, 1, 12, 13, 14, 268, 269, 270];
const valueBytes = fc.constantFrom(...edges).chain((length) => fc.uint8Array({ minLength: length, maxLength: length }));
const numbers = fc.oneof(
  fc.constantFrom(...edges.slice(1)),
  fc.constantFrom(1_000, 65_535),
  fc.integer({ min: 1, max: 60 }),
);
const messages: fc.Arbitrary<CoapMessage> = fc
  .record({
    kind: fc.constantFrom<readonly ['CON' | 'NON' | 'ACK', Code]>(
      ['CON', '0.01'],
      ['NON', '0.07'],
      ['CON', '2.05'],
      ['NON', '5.03'],
      ['ACK', '2.31'],
      ['ACK', '4.04'],
    ),
    messageId: fc.integer({ min: 0, max: 65_535 }),
    token: fc.uint8Array({ maxLength: 8 }),
    options: fc.array(fc.record({ number: numbers, value: valueBytes }), { maxLength: 5 }),
    payload: fc.uint8Array({ maxLength: 40 }),
  })
  .map(({ kind: [type, code], ...rest }) => ({ type, code, ...rest }));

test('the same bytes as coap-packet, options in any order', () => {
  fc.assert(
    fc.property(messages, (message) => assert.equal(toHex(encode(message)), toHex(peerBytes(message)))),
    { numRuns: 2_000, seed: 5 },
  );
});

test('the same message as coap-packet reads', () => {
  fc.assert(
    fc.property(messages, (message) => {
      const bytes = new Uint8Array(peerBytes(message));
      const packet = parse(Buffer.from(bytes));
      const decoded = decode(bytes);
      assert.ok(typeof decoded === 'object');
      assert.equal(decoded.code, packet.code);
      assert.equal(decoded.messageId, packet.messageId);
      assert.equal(toHex(decoded.token), packet.token.toString('hex'));
      assert.equal(toHex(decoded.payload), packet.payload.toString('hex'));
      assert.deepEqual(
        decoded.options.map(({ value }) => toHex(value)),
        packet.options.map(({ value }) => value.toString('hex')),
      );
      const sorted = [...message.options].sort((a, b) => a.number - b.number);
      assert.deepEqual(
        decoded.options.map(({ number }) => number),
        sorted.map(({ number }) => number),
      );
    }),
    { numRuns: 2_000, seed: 6 },
  );
});

test('a datagram cut at any byte is a shorter message or none, and never an exception', () => {
  fc.assert(
    fc.property(messages, fc.nat({ max: 400 }), (message, cut) => {
      const decoded = decode(encode(message).subarray(0, cut));
      assert.ok(typeof decoded === 'string' || encode(decoded).length <= Math.max(cut, 4));
    }),
    { numRuns: 1_000, seed: 7 },
  );
});

test('every byte is a code, and every code its byte', () => {
  for (let byte = 0; byte < 256; byte++) assert.equal(toByte(codeOfByte(byte)), byte);
});

function peerBytes({ type, code, messageId, token, options, payload }: CoapMessage): Buffer {
  return generate(
    {
      code,
      messageId,
      confirmable: type === 'CON',
      ack: type === 'ACK',
      reset: type === 'RST',
      token: Buffer.from(token),
      options: options.map(({ number, value }) => ({ name: number, value: Buffer.from(value) })),
      payload: Buffer.from(payload),
    },
    4_096,
  );
}
