// The pinned tarball is used, whoever delivers it, and nothing else; of it only what is compiled.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { verifyTarball } from '../../scripts/lib/mbedtls-source.mjs';
import { placeOf } from '../../scripts/lib/unpack.mjs';

test('a file with another hash is refused, with both hashes', (t) => {
  const file = temporaryFile(t, 'not mbedTLS');
  const found = createHash('sha256').update('not mbedTLS').digest('hex');
  const expected = '0'.repeat(64);
  assert.throws(
    () => verifyTarball(file, expected),
    (/** @type {import('../../scripts/lib/set-up-error.mjs').SetUpError} */ error) => {
      assert.match(error.message, /is not the mbedTLS 3\.6\.\d+ that Holdfast is pinned to, and is not used\.$/);
      assert.deepEqual(error.next.slice(0, 2), [`SHA-256 expected  ${expected}`, `SHA-256 found     ${found}`]);
      assert.match(error.next[2] ?? '', /npm run setup$/);
      return true;
    },
  );
});

test('a file with the right hash is accepted', (t) => {
  verifyTarball(temporaryFile(t, 'right'), createHash('sha256').update('right').digest('hex'));
});

test('only include and library are unpacked, and nothing leaves the folder', () => {
  const chosen = { top: 'mbedtls-3.6.6', folders: ['include', 'library'] };
  assert.equal(placeOf('mbedtls-3.6.6/library/ssl_tls.c', chosen), 'library/ssl_tls.c');
  assert.equal(placeOf('mbedtls-3.6.6/include/mbedtls/ssl.h', chosen), 'include/mbedtls/ssl.h');
  for (const name of [
    'mbedtls-3.6.6/tests/library/x.c',
    'mbedtls-3.6.6/README.md',
    'other/library/ssl_tls.c',
    'mbedtls-3.6.6/library/../../../etc/passwd',
    'mbedtls-3.6.6/library/.git',
    '/mbedtls-3.6.6/library/aes.c',
    'library/aes.c',
  ]) {
    assert.equal(placeOf(name, chosen), null, name);
  }
});

/** @param {import('node:test').TestContext} t @param {string} content */
function temporaryFile(t, content) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'holdfast-test-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'tarball');
  fs.writeFileSync(file, content);
  return file;
}
