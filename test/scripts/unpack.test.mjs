// A tarball appears whole or not at all.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { unpack } from '../../scripts/lib/unpack.mjs';

// top/library/a.c ("int a;\n"), top/include/a.h ("#pragma once\n"), top/tests/t.c and a link top/library/link.c.
const TARBALL =
  'QlpoOTFBWSZTWQZBFmIAAbL/hMuRAEBIAf+IAAEtBn7v3mAAAMEIMAEMAJRQmRkZNDTBMTTIAMTBgBpo0GmIAAAGQAVRJkjSaaNM' +
  'ppgAyj9UBsap6mX4CvqpAC7SIF0ANprFEBdKIIiRb3ODMeqNlLFdQWGszWtdUYBtEgoI39/GsFh8ig178v1S6WGXLlS6kKXUaI16' +
  'hDYJA3b5xxxY9gjPI7tHgPGRpXTEWFfeb5r8TQkdVKSM2e/CLCtYvL7ycZnzKUFBPRFGihnFy13bIcN186PLwEx8x+TjGTHgzOm/' +
  'lHQndhcZ3LLSatQaRURw6R8ZRtHEVjM2DFgHX1/cS47H+nnKztc4c5V2xrB/xdyRThQkAZBFmIA=';

test('wanted files are unpacked; others and links are left out', async (t) => {
  const { tarball, destination } = prepare(t, Buffer.from(TARBALL, 'base64'));
  const chosen = { top: 'top', folders: ['include', 'library'], destination };
  assert.equal(await unpack(tarball, chosen, () => {}), 2);
  assert.deepEqual(fs.readdirSync(path.join(destination, 'library')), ['a.c']);
  assert.equal(fs.readFileSync(path.join(destination, 'include', 'a.h'), 'utf8'), '#pragma once\n');
  assert.deepEqual(fs.readdirSync(destination).sort(), ['include', 'library']);
});

test('a damaged tarball ends in an error and leaves nothing that looks complete', async (t) => {
  const damaged = Buffer.from(TARBALL, 'base64').subarray(0, 120);
  const { tarball, destination } = prepare(t, damaged);
  await assert.rejects(unpack(tarball, { top: 'top', folders: ['library'], destination }, () => {}));
  assert.equal(fs.existsSync(destination), false);
});

/** @param {import('node:test').TestContext} t @param {Buffer} bytes */
function prepare(t, bytes) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'holdfast-test-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const tarball = path.join(folder, 'top.tar.bz2');
  fs.writeFileSync(tarball, bytes);
  return { tarball, destination: path.join(folder, 'unpacked') };
}
