// One set-up at a time; a lock whose holder is gone counts for nothing.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { takeLock } from '../../scripts/lib/set-up-lock.mjs';

test('the second waits for the first, and says for whom', async (t) => {
  const file = lockFile(t);
  const release = await takeLock(file, () => assert.fail('nobody holds it'));
  /** @type {number[]} */
  const holders = [];
  const second = takeLock(file, (holder) => {
    holders.push(holder);
    release();
  });
  (await second)();
  assert.deepEqual(holders, [process.pid]);
  assert.equal(fs.existsSync(file), false);
});

test('the lock of a process that is gone is taken over', async (t) => {
  const file = lockFile(t);
  const gone = spawnSync(process.execPath, ['--version']).pid;
  fs.writeFileSync(file, `${gone}\n`);
  const release = await takeLock(file, () => assert.fail('it is gone'));
  assert.equal(fs.readFileSync(file, 'utf8'), `${process.pid}\n`);
  release();
});

/** @param {import('node:test').TestContext} t */
function lockFile(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'holdfast-test-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  return path.join(folder, 'set-up.lock');
}
