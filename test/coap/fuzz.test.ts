/** Bad input: random datagrams, and good ones with bytes changed, cut and added. Nothing throws, and nothing grows without bound. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, encode } from '../../src/coap/codec.ts';
import { chance } from './coap-world.ts';
import { fuzzCoap, mutated, pick, vectors } from './fuzz-world.ts';

const datagrams = 20_000;

test(`${datagrams} random and mutated datagrams into a layer at work: no exception, all within limits`, () => {
  const reached = fuzzCoap(datagrams, 20_260_101);
  assert.ok(reached > 1_000, `events: ${reached}`);
});

test('what decodes, encodes to the same message', () => {
  const random = chance(7);
  const corpus = vectors();
  for (let i = 0; i < 5_000; i++) {
    const decoded = decode(mutated(pick(random, corpus), random));
    if (typeof decoded === 'object') assert.deepEqual(decode(encode(decoded)), decoded);
  }
});
