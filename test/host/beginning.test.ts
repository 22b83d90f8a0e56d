/** When the program began: with the process, or after the set-up in it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { beganMs, beginningMark } from '../../src/host/beginning.ts';
import { root } from '../tidy/tree.ts';

test('it is the start of the process until a mark says otherwise', () => {
  assert.equal(beganMs(), 0);
  const before = performance.now();
  performance.mark(beginningMark);
  assert.ok(beganMs() >= before && beganMs() <= performance.now());
  performance.clearMarks(beginningMark);
});

test('the launcher leaves the mark that is looked for', () => {
  const launcher = readFileSync(path.join(root, 'scripts/lib/launch.mjs'), 'utf8');
  assert.ok(launcher.includes(`const BEGINNING_MARK = '${beginningMark}';`));
});
