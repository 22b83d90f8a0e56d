// How `npm run block-rig` is called, and what it says to a wrong call. Nothing is mounted here.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../scripts/lib/paths.mjs';

test('the help opens with examples', () => {
  for (const flag of ['--help', '-h']) {
    const { status, stdout, stderr } = call(flag);
    assert.equal(status, 0);
    assert.match(stdout, /^Examples:\n {2}npm run block-rig\n/);
    assert.equal(stderr, '');
  }
});

test('a wrong call is answered with a sentence and the way to the help', () => {
  for (const [words, what] of [
    [['--seeds', '0'], '--seeds 0 is not a number of power cuts.'],
    [['--from', 'x'], '--from x is not a seed.'],
    [['--foo'], "Unknown option '--foo'."],
    [['seven'], "Unexpected argument 'seven'."],
  ]) {
    const { status, stdout, stderr } = call(...words);
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.equal(stderr, `error: ${what}\n  How to call it:  npm run block-rig -- --help\n`);
  }
});

/** @param {string[]} words */
function call(...words) {
  const program = path.join(ROOT, 'build', 'test', 'block-rig', 'main.js');
  return spawnSync(process.execPath, [program, ...words], { encoding: 'utf8', timeout: 30_000 });
}
