/** Which words are commands, and where a line breaks that became too long. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandsOfClone, linesOfClone } from '../../src/api/clone-commands.ts';

test('commands are shown as they are typed in a clone', () => {
  for (const [installed, inClone] of [
    ['holdfast devices', './holdfast devices'],
    ['All of them:  holdfast --help', 'All of them:  ./holdfast --help'],
    ['Usage: holdfast [--socket PATH]', 'Usage: ./holdfast [--socket PATH]'],
    ['Now:        sudo holdfast write m /3/0/14 1', 'Now:        sudo ./holdfast write m /3/0/14 1'],
    ['printf %s k | holdfast device add a', 'printf %s k | ./holdfast device add a'],
    ['Examples:\n  holdfast read a /3\n  holdfast status', 'Examples:\n  ./holdfast read a /3\n  ./holdfast status'],
  ] as const) {
    assert.equal(commandsOfClone(installed), inClone);
  }
});

test('names, versions, paths and other machines are left alone', () => {
  for (const text of [
    'holdfast 0.1.0, serving for 3m12s',
    'A fault of Holdfast. Report it',
    'journalctl -u holdfast -n 50',
    'sudo systemctl start holdfast        (in a clone: npm start)',
    'sudo adduser ops holdfast-admin   (then log in again)',
    'nothing listens on /run/holdfast/admin.sock.',
    'no device "holdfast read".',
    './holdfast devices',
    'From elsewhere use ssh:  ssh GATEWAY holdfast status',
  ]) {
    assert.equal(commandsOfClone(text), text);
  }
});

test('a line that becomes too long breaks before its command', () => {
  const arguments_ = `read meter-17 ${'/3303/0/5700 '.repeat(3)}`.trim();
  const line = `  Look at it again:  holdfast ${arguments_}`;
  assert.deepEqual(linesOfClone([line], line.length + 2), [`  Look at it again:  ./holdfast ${arguments_}`]);
  assert.deepEqual(linesOfClone([line], line.length + 1), ['  Look at it again:', `  ./holdfast ${arguments_}`]);
  const alone = `  holdfast ${arguments_}`;
  assert.deepEqual(linesOfClone([alone, 'as it is'], 20), [`  ./holdfast ${arguments_}`, 'as it is']);
});
