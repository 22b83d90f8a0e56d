// How `npm run interop` is called, and what it says to a wrong call. No peer runs here.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../scripts/lib/paths.mjs';

test('the help opens with examples and names the peers', () => {
  for (const flag of ['--help', '-h']) {
    const { status, stdout, stderr } = call(flag);
    assert.equal(status, 0);
    assert.match(
      stdout,
      /^Examples:\n {2}npm run interop\n(.*\n)+PEER is one of openssl, openssl-x509, libcoap, leshan;/,
    );
    assert.equal(stderr, '');
  }
});

test('an unknown flag or peer is a wrong call, in a sentence', () => {
  for (const [word, what] of [
    ['--foo', 'flag'],
    ['opensl', 'peer'],
  ]) {
    const { status, stdout, stderr } = call(word);
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.equal(
      stderr,
      `error: unknown ${what} "${word}"; peers are openssl, openssl-x509, libcoap, leshan.\n  How to call it:  npm run interop -- --help\n`,
    );
  }
});

/** @param {string} word */
function call(word) {
  const program = path.join(ROOT, 'build', 'test', 'interop', 'main.js');
  return spawnSync(process.execPath, [program, word], { encoding: 'utf8', timeout: 30_000 });
}
