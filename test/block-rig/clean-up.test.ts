import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CleanUp } from './clean-up.ts';

test('everything is undone, newest first, whatever fails, and once', async () => {
  const cleanUp = new CleanUp();
  const done: string[] = [];
  cleanUp.add('the directory', () => done.push('directory'));
  cleanUp.add('the mount', () => Promise.reject(new Error('busy')));
  cleanUp.add('the program', async () => done.push('program'));
  assert.deepEqual(await cleanUp.run(), ['the mount could not be undone: busy']);
  assert.deepEqual(done, ['program', 'directory']);
  assert.deepEqual(await cleanUp.run(), []);
  assert.equal(done.length, 2);
});
