import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32c } from '../../../src/host/store/crc32c.ts';

// RFC 3720 appendix B.4 (there written with the bytes of the sum in their order on the wire).
test('the vectors of RFC 3720', () => {
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  assert.equal(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e);
});
