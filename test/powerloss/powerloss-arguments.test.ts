import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePowerlossArguments } from './powerloss-arguments.ts';

test('what is asked for, with defaults', () => {
  assert.deepEqual(parsePowerlossArguments([]), { seconds: 20, seed: 1, json: false });
  const asked = parsePowerlossArguments(['--seconds', '60', '--seed', '7', '--json']);
  assert.deepEqual(asked, { seconds: 60, seed: 7, json: true });
  assert.equal(parsePowerlossArguments(['--help']), undefined);
});

test('a wrong call is told in a sentence', () => {
  assert.match(String(parsePowerlossArguments(['--seconds', '0'])), /^--seconds is "0"; it is a number from 1 to/);
  assert.match(String(parsePowerlossArguments(['--seed', 'x'])), /^--seed is "x"/);
  assert.match(String(parsePowerlossArguments(['--quick'])), /--quick/);
});
