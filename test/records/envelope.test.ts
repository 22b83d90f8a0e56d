import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { toHex } from '../../src/base/bytes.ts';
import { decodeRecord, encodeRecord, wrap } from '../../src/records/envelope.ts';

const key = 'r/meter-17';
const body = { name: 'meter-17', seen: 5, key: new Uint8Array([1, 2, 3]) };

describe('a record', () => {
  it('has one form on the disk, which does not change', () => {
    const bytes = encodeRecord(key, 3, body);
    assert.equal(toHex(bytes.subarray(5)), 'a3636b657943010203646e616d65686d657465722d3137647365656e05');
    assert.equal(toHex(bytes.subarray(0, 5)), '0346a2bbb8');
  });

  it('does not depend on the order of entries, nor on map or object', () => {
    const reordered = new Map<string, unknown>([
      ['seen', 5],
      ['key', body.key],
      ['name', 'meter-17'],
    ]);
    assert.deepEqual(encodeRecord(key, 3, reordered), encodeRecord(key, 3, body));
  });

  it('comes back as it was, maps as maps', () => {
    const map = new Map<unknown, unknown>([
      ...Object.entries(body),
      ['list', [1, null, true, -1.5, 2n ** 63n]],
      [7, ''],
    ]);
    assert.deepEqual(decodeRecord(key, encodeRecord(key, 255, map)), { version: 255, body: map });
  });

  it('comes back from a view into a larger buffer, and does not share its memory', () => {
    const bytes = encodeRecord(key, 1, body);
    const larger = Buffer.concat([new Uint8Array(3), bytes, new Uint8Array(3)]);
    const decoded = decodeRecord(key, larger.subarray(3, 3 + bytes.length));
    larger.fill(0);
    assert.deepEqual(decoded, { version: 1, body: new Map(Object.entries(body)) });
  });

  it('under another key, or with any bit changed, is refused', () => {
    const bytes = encodeRecord(key, 1, body);
    assert.deepEqual(decodeRecord('r/meter-18', bytes), { error: 'checksum' });
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const damaged = bytes.slice();
      damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
      assert.ok('error' in decodeRecord(key, damaged), `bit ${bit}`);
    }
  });

  it('cut short or empty is refused', () => {
    const bytes = encodeRecord(key, 1, body);
    for (let length = 0; length < bytes.length; length++) {
      assert.ok('error' in decodeRecord(key, bytes.subarray(0, length)), `${length} bytes`);
    }
  });

  it('is not made of what would not come back', () => {
    for (const refused of [undefined, { a: [undefined] }, [undefined], 2n ** 64n, -(2n ** 63n) - 1n]) {
      assert.throws(() => encodeRecord(key, 1, refused));
    }
    for (const version of [0, 256, 1.5]) assert.throws(() => encodeRecord(key, version, body));
  });

  it('of any allowed value comes back equal', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 255 }), values, (anyKey, version, value) => {
        assert.deepEqual(decodeRecord(anyKey, encodeRecord(anyKey, version, value)), { version, body: value });
      }),
      { seed: 21, numRuns: 500 },
    );
  });

  it('never throws on any bytes', () => {
    fc.assert(
      fc.property(fc.string(), fc.uint8Array({ maxLength: 60 }), (anyKey, bytes) => {
        assert.ok('error' in decodeRecord(anyKey, bytes));
      }),
      { seed: 22, numRuns: 500 },
    );
  });

  it('whose body is no canonical CBOR is malformed', () => {
    for (const payload of ['5f4101ff', 'f7', '1801', 'c000', 'a2616101616102', '0000', '81'.repeat(20_000)]) {
      const bytes = Buffer.from(payload, 'hex');
      assert.deepEqual(decodeRecord(key, wrap(key, 1, bytes)), { error: 'malformed' }, payload.slice(0, 20));
    }
  });
});

const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: 'grapheme' }),
    fc.maxSafeInteger(),
    fc.double().map((number) => (Object.is(number, -0) ? 0 : number)),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array().map((bytes) => new Uint8Array(bytes)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .uniqueArray(fc.tuple(fc.oneof(fc.string(), fc.nat()), tie('value')), {
        selector: ([name]) => name,
        maxLength: 4,
      })
      .map((entries) => new Map(entries)),
  ),
})).value;
