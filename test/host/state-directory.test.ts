/** The directory that holds all that lasts: made when it is missing, refused with the reason when it cannot be. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { StartError, startErrorText } from '../../src/host/start-error.ts';
import { prepareStateDirectory } from '../../src/host/state-directory.ts';

let place = '';

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'holdfast-state-'));
});
afterEach(() => rmSync(place, { recursive: true }));

test('it is made with its parents, for this account alone; one that is there stays as it is', () => {
  const state = join(place, 'a', 'b', 'c');
  prepareStateDirectory(`${state}/`);
  for (const made of [state, join(place, 'a')]) assert.equal(statSync(made).mode & 0o777, 0o700);
  prepareStateDirectory(state);
});

test('a file, also on the way, and a link to nowhere are refused', () => {
  const file = join(place, 'file');
  writeFileSync(file, '');
  assert.match(
    refused(join(file, 'below', 'it')),
    /cannot be used: there is a file in its place\.\n {2}Choose another/,
  );
  assert.match(refused(file), /cannot be used: there is a file in its place\./);
  const link = join(place, 'link');
  symlinkSync(join(place, 'nowhere', 'at', 'all'), link);
  assert.match(refused(join(link, 'below')), /cannot be used/);
});

test('where the system makes no directories the start ends', { skip: process.platform !== 'linux' }, () => {
  const text = 'error: the state directory /proc/x/y cannot be used: no directory can be made there.';
  assert.equal(refused('/proc/x/y'), `${text}\n  Choose another:  --state DIR`);
});

function refused(path: string): string {
  try {
    prepareStateDirectory(path);
  } catch (error) {
    assert.ok(error instanceof StartError);
    assert.equal(error.exit, 34);
    return startErrorText(error, false);
  }
  return assert.fail('it was taken');
}
