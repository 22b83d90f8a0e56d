import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromBase64, toBase64, toBase64Url } from '../../../src/lwm2m/formats/base64.ts';

test('bytes come out as another implementation writes them, and back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      assert.equal(toBase64(bytes), Buffer.from(bytes).toString('base64'));
      assert.equal(toBase64Url(bytes), Buffer.from(bytes).toString('base64url'));
      for (const text of [toBase64(bytes), toBase64Url(bytes)]) assert.deepEqual(fromBase64(text), bytes);
    }),
    { seed: 2, numRuns: 200 },
  );
});

test('what is no base64 is refused', () => {
  for (const text of ['a', 'abcde', 'ab=', 'a===', '====', 'ab c', 'ab\n', 'ü', '=', 'ab==cd=='])
    assert.equal(fromBase64(text), undefined, text);
});
