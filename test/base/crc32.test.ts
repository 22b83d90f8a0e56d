/** Known values: the check value of the catalogue of CRCs (CRC-32/ISO-HDLC), and texts whose CRC zip tools agree on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { concat, utf8Encode } from '../../src/base/bytes.ts';
import { crc32 } from '../../src/base/crc32.ts';

const known: readonly (readonly [string, number])[] = [
  ['', 0],
  ['123456789', 0xcbf43926],
  ['a', 0xe8b7be43],
  ['The quick brown fox jumps over the lazy dog', 0x414fa339],
  ['\0'.repeat(32), 0x190a55ad],
];

for (const [text, crc] of known) {
  test(`the CRC-32 of ${JSON.stringify(text.slice(0, 12))}`, () => assert.equal(crc32(utf8Encode(text)), crc));
}

test('a CRC goes on where another one ended', () => {
  const part = fc.uint8Array({ maxLength: 40 });
  fc.assert(
    fc.property(part, part, (a, b) => assert.equal(crc32(b, crc32(a)), crc32(concat(a, b)))),
    { seed: 2, numRuns: 100 },
  );
});

test('every change of one bit is found', () => {
  const bytes = utf8Encode('a record of some length');
  const whole = crc32(bytes);
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const changed = bytes.slice();
    changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
    assert.notEqual(crc32(changed), whole);
  }
});
