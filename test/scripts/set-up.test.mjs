// What set-up looks at before it begins.

import assert from 'node:assert/strict';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { packagesMatch } from '../../scripts/lib/packages.mjs';
import { ROOT } from '../../scripts/lib/paths.mjs';
import { checkDisk, checkStateSpace } from '../../scripts/lib/set-up.mjs';

test('installed packages match the lock file by version and content; optional ones may be missing', () => {
  const level = { version: '10.0.0', integrity: 'sha512-a' };
  const wanted = { '': {}, 'node_modules/level': level, 'node_modules/other-os': { version: '1.0.0', optional: true } };
  assert.equal(packagesMatch(wanted, { 'node_modules/level': level }), true);
  assert.equal(packagesMatch(wanted, {}), false);
  assert.equal(packagesMatch(wanted, { 'node_modules/level': { ...level, integrity: 'sha512-b' } }), false);
  assert.equal(packagesMatch(wanted, { 'node_modules/level': { ...level, version: '9.0.0' } }), false);
});

test('a disk that is too full is refused beforehand', () => {
  checkDisk(os.tmpdir(), 0);
  assert.throws(() => checkDisk(os.tmpdir(), 1e18), /^SetUpError: the disk is too full: \d+ MB are free, set-up needs/);
  const state = path.join(ROOT, 'var');
  checkStateSpace(state, 0);
  assert.throws(() => checkStateSpace(state, 1e18), /^SetUpError: no space for \.\/var: \d+ MB are free, \d+ MB are/);
});
