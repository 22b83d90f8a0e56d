// A deleted test does not go on running.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { removeStaleOutputs } from '../../scripts/lib/stale-outputs.mjs';
import { chooseFiles, splitArguments, unitTestFiles } from '../../scripts/lib/test-files.mjs';

test('compiled files without a source are removed, everything else stays', (t) => {
  const root = tree(t, [
    'src/a.ts',
    'src/deep/b.ts',
    'build/src/a.js',
    'build/src/a.d.ts',
    'build/src/deep/b.js',
    'build/src/deep/gone.js',
    'build/src/deep/gone.d.ts',
    'build/src/data.wasm',
  ]);
  assert.equal(removeStaleOutputs(path.join(root, 'build', 'src'), path.join(root, 'src')), 2);
  assert.deepEqual(fs.readdirSync(path.join(root, 'build', 'src', 'deep')), ['b.js']);
  assert.deepEqual(fs.readdirSync(path.join(root, 'build', 'src')).sort(), ['a.d.ts', 'a.js', 'data.wasm', 'deep']);
});

test('unit tests are the compiled ones and the plain ones, without interop and benches', (t) => {
  const root = tree(t, [
    'build/test/coap/codec.test.js',
    'build/test/coap/codec-helpers.js',
    'build/test/interop/leshan.test.js',
    'build/test/bench/codec.test.js',
    'test/coap/codec.test.ts',
    'test/scripts/unpack.test.mjs',
  ]);
  assert.deepEqual(unitTestFiles(root), ['build/test/coap/codec.test.js', 'test/scripts/unpack.test.mjs']);
});

test('arguments choose files by a part of their path, as source or as compiled file', () => {
  const files = ['build/test/coap/codec.test.js', 'build/test/store/codec.test.js', 'test/scripts/unpack.test.mjs'];
  assert.deepEqual(chooseFiles(files, []), files);
  assert.deepEqual(chooseFiles(files, ['coap']), files.slice(0, 1));
  assert.deepEqual(chooseFiles(files, ['test/store/codec.test.ts', 'scripts/']), files.slice(1));
  assert.deepEqual(chooseFiles(files, ['build']), []);
  assert.deepEqual(splitArguments(['coap', '--test-name-pattern=token']), {
    flags: ['--test-name-pattern=token'],
    filters: ['coap'],
  });
});

/** @param {import('node:test').TestContext} t @param {string[]} files */
function tree(t, files) {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'holdfast-test-'));
  t.after(() => fs.rmSync(root, { recursive: true }));
  for (const file of files) {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    fs.writeFileSync(path.join(root, file), '');
  }
  return root;
}
