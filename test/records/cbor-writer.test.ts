import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encode } from 'cborg';
import fc from 'fast-check';
import { toHex } from '../../src/base/bytes.ts';
import { writeBody } from '../../src/records/cbor-writer.ts';

const written = (body: unknown): string => toHex(writeBody(body, 0));
const byCborg = (body: unknown): string => toHex(encode(body));

const leaf = fc.oneof(
  fc.maxSafeInteger(),
  fc.double(),
  fc.float({ noNaN: false }),
  fc.float({ min: -65_504, max: 65_504 }).map((value) => Math.round(value * 4) / 4),
  fc.string({ unit: 'binary' }),
  fc.uint8Array({ maxLength: 300 }),
  fc.boolean(),
  fc.constant(null),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
);
const name = fc.string({ unit: 'grapheme-ascii', maxLength: 30 });
const { value: anyBody } = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, leaf, tie('list'), tie('object'), tie('map')),
  list: fc.array(tie('value'), { maxLength: 30 }),
  object: fc.dictionary(name, tie('value'), { maxKeys: 30, noNullPrototype: true }),
  map: fc.array(fc.tuple(fc.oneof(fc.string(), fc.maxSafeInteger()), tie('value'))).map((all) => new Map(all)),
}));

describe('the writer of bodies', () => {
  it('writes what cborg writes', () => {
    fc.assert(
      fc.property(anyBody, (body) => assert.equal(written(body), byCborg(body))),
      { numRuns: 1_000 },
    );
  });

  it('writes the shortest float that keeps the value', () => {
    for (const value of [1.5, 0.1, 2 ** -24, 2 ** -14, 2 ** -15, 65_504.5, 3.4028234663852886e38, 2 ** 53, -0])
      assert.equal(written(value), byCborg(value), String(value));
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      assert.equal(written(value), byCborg(value), String(value));
  });

  it('leaves the wished room free, and grows with what it is given', () => {
    const long = new Uint8Array(100_000).fill(7);
    const bytes = writeBody([long], 5);
    assert.equal(toHex(bytes.subarray(5)), byCborg([long]));
  });

  it('writes nothing that a record may not hold', () => {
    assert.throws(() => writeBody([undefined], 0), /nothing else/);
    assert.throws(() => writeBody(2n ** 64n, 0), /64 bits/);
    assert.throws(() => writeBody(() => {}, 0), /nothing else/);
  });

  it('leaves out of an object what is undefined', () => {
    const body = { a: 1, b: undefined, z: { y: undefined }, bb: undefined, aa: 2 };
    assert.deepEqual(writeBody(body, 0).slice(), writeBody({ a: 1, z: {}, aa: 2 }, 0).slice());
  });
});
