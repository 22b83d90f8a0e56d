import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decode, encode } from 'cborg';
import fc from 'fast-check';
import { fromHex } from '../../src/base/bytes.ts';
import { Malformed, readBody, readBodyWithout } from '../../src/records/cbor-reader.ts';

const decoding = {
  useMaps: true,
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  rejectDuplicateMapKeys: true,
};

/** What one of the two makes of bytes: the value, or that there is none. */
function read(reader: () => unknown): unknown {
  try {
    return { value: reader() };
  } catch {
    return 'malformed';
  }
}

const both = (bytes: Uint8Array): void => {
  assert.deepEqual(
    read(() => readBody(bytes)),
    read(() => decode(bytes, decoding)),
    Buffer.from(bytes).toString('hex'),
  );
};

const leaf = fc.oneof(
  fc.maxSafeInteger(),
  fc.double(),
  fc.float({ noNaN: false }),
  fc.string({ unit: 'binary' }),
  fc.uint8Array({ maxLength: 300 }),
  fc.boolean(),
  fc.constant(null),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
);
const { value: anyBody } = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, leaf, tie('list'), tie('map')),
  list: fc.array(tie('value'), { maxLength: 30 }),
  map: fc.array(fc.tuple(fc.oneof(fc.string(), fc.maxSafeInteger()), tie('value'))).map((all) => new Map(all)),
}));

describe('the reader of bodies', () => {
  it('steps over the entries of a name, however deep', () => {
    const body = { a: 1, links: [{ path: 'x' }], inner: { links: [[1, 2], { links: 3 }], b: 'y' } };
    const read = readBodyWithout(encode(body), 'links');
    assert.deepEqual(
      read,
      new Map<string, unknown>([
        ['a', 1],
        ['inner', new Map([['b', 'y']])],
      ]),
    );
    assert.throws(() => readBodyWithout(encode(body).subarray(0, -1), 'links'), Malformed);
    assert.throws(() => readBodyWithout(Uint8Array.of(...encode(body), 0), 'links'), Malformed);
  });

  it('reads what cborg writes, as cborg reads it', () => {
    fc.assert(
      fc.property(anyBody, (body) => both(encode(body))),
      { numRuns: 1_000 },
    );
  });

  it('refuses what cborg refuses', () => {
    const changed = fc.tuple(anyBody, fc.nat(), fc.nat(255)).map(([body, place, byte]) => {
      const bytes = encode(body).slice();
      bytes[place % bytes.length] = byte;
      return bytes;
    });
    fc.assert(fc.property(changed, both), { numRuns: 2_000 });
    fc.assert(fc.property(fc.uint8Array({ maxLength: 20 }), both), { numRuns: 2_000 });
  });

  it('refuses longer heads than need be, tags, undefined, indefinite lengths, a key twice, and what follows', () => {
    for (const hex of [
      '1817',
      '190017',
      '1a00000017',
      '1b0000000000000017',
      'c000',
      'f7',
      'f818',
      '5f4100ff',
      '9f00ff',
    ])
      assert.throws(() => readBody(fromHex(hex) as Uint8Array), Malformed, hex);
    for (const hex of ['a201020103', '0000', '', 'a1', '8201', '7a7fffffff', '9b7fffffffffffffff'])
      assert.throws(() => readBody(fromHex(hex) as Uint8Array), Malformed, hex);
  });

  it('refuses depth without end', () => {
    assert.throws(() => readBody(new Uint8Array(100_000).fill(0x81)), Malformed);
  });

  it('gives copies of bytes', () => {
    const bytes = encode([new Uint8Array([1, 2])]).slice();
    const [copy] = readBody(bytes) as [Uint8Array];
    bytes.fill(0);
    assert.deepEqual(copy, new Uint8Array([1, 2]));
  });
});
