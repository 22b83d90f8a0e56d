/** That the list of drop reasons tells what is dropped, and nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dropReasons } from '../../src/base/drop-reason.ts';
import { readTree } from '../tidy/tree.ts';

/** They know the reasons only to find words for them. */
const notDropping = /^src\/(api|cli)\/|^src\/(base\/drop-reason|gateway\/refusals)\.ts$/;

test('every reason is one for which something is dropped', () => {
  const sources = readTree().files.filter(({ path }) => /^src\/.*\.ts$/.test(path));
  const dropping = sources.filter(({ path }) => !notDropping.test(path)).map(({ text }) => text);
  assert.ok(dropping.length > 100);
  const unused = dropReasons.filter((reason) => !dropping.some((text) => text.includes(`'${reason}'`)));
  assert.deepEqual(unused, []);
});

test('no reason stands in the list twice', () => {
  assert.equal(new Set(dropReasons).size, dropReasons.length);
});
