/** Wrong calls: nothing is sent, the nearest thing that exists is named, exit code 2. And help on every level. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commands } from '../../src/cli/commands.ts';
import { call } from './support/call.ts';

const mistakes: readonly (readonly [argv: string, firstLine: string])[] = [
  ['devcies', 'error: unknown command "devcies"; did you mean "devices"?'],
  ['device ad meter-17', 'error: unknown command "device ad"; did you mean "device add"?'],
  ['frobnicate', 'error: unknown command "frobnicate".'],
  ['devices --sotr heard', 'error: unknown flag "--sotr"; did you mean "--sort"?'],
  ['status --jsno', 'error: unknown flag "--jsno"; did you mean "--json"?'],
  ['read', 'error: read needs an endpoint.'],
  ['read meter-17', 'error: read needs a path.'],
  ['status now', 'error: status was given more arguments than it takes.'],
  ['devices --limit', 'error: --limit needs a count.'],
  ['devices --limit many', 'error: --limit is "many", which is not a number.'],
  ['devices --state onlin', 'error: --state has no "onlin"; did you mean "online"?'],
  ['events --type NOTIFICATIONS', 'error: --type has no "NOTIFICATIONS"; did you mean "NOTIFICATION"?'],
  ['events --from yesterday', 'error: --from is "yesterday", which is not an event id, "start" or "now".'],
  ['events --for soon', 'error: --for is "soon", which is not a duration.'],
  ['read m /3 --wait 1x', 'error: --wait is "1x", which is not a duration.'],
  ['observe m /3 --pmin 250ms', 'error: --pmin is "250ms"; devices know whole seconds only.'],
  ['observe m /3 --pmin 60s --pmax 10s', 'error: --pmin 60s is more than --pmax 10s. Nothing was sent.'],
  ['unobserve m', 'error: unobserve takes paths, or --all.'],
  ['write m /3/0/14', 'error: "/3/0/14" says no value: write EP PATH VALUE, or EP PATH=VALUE...'],
  ['write m /3/0/14 @/nonexistent', 'error: /nonexistent cannot be read (no such file).'],
  ['write m /3/0/14 -x', 'error: unknown flag "-x".'],
  ['read m /3 /4 --raw -', 'error: --raw takes one path: payloads have no border between them.'],
  ['device remove m', 'error: device remove needs --yes where nobody can be asked.'],
  ['status --color blue', 'error: --color is auto, always or never.'],
  [
    `status --socket /${'x'.repeat(107)}`,
    "error: the path of the socket has 108 bytes; a unix socket's has 107 at most.",
  ],
];

for (const [typed, firstLine] of mistakes) {
  test(`holdfast ${typed.slice(0, 60)}`, async () => {
    const { exit, out, err } = await call(typed.split(' '));
    assert.equal(err.split('\n')[0], firstLine);
    assert.equal(exit, 2);
    assert.equal(out, '');
  });
}

test('help opens with examples on every level, and fits a terminal', async () => {
  const levels = ['', 'device', 'config', ...commands.map((command) => command.name)];
  for (const level of levels) {
    for (const flag of ['-h', '--help']) {
      const { exit, out, err } = await call([...level.split(' ').filter((word) => word !== ''), flag]);
      assert.equal(exit, 0, level);
      assert.equal(err, '');
      assert.match(out, /^Examples:\n {2}\S/, level);
      const widest = Math.max(...out.split('\n').map((line) => line.length));
      assert.ok(widest <= 80, `${level}: ${widest}`);
    }
  }
});

test('holdfast alone shows the way, and is a wrong call', async () => {
  const { exit, out, err } = await call([]);
  assert.equal(exit, 2);
  assert.equal(out, '');
  assert.match(err, /^Examples:/);
});

test('help names a command, and refuses one that is not there', async () => {
  assert.match((await call(['help', 'device', 'add'])).out, /--generate-key/);
  assert.equal((await call(['help', 'nothing'])).exit, 2);
});

test('a wrong call with --json is reported as JSON', async () => {
  const { err } = await call(['devcies', '--json']);
  const { error } = JSON.parse(err);
  assert.equal(error.exit, 2);
  assert.equal(error.code, 'BAD_REQUEST');
  assert.equal(error.message, 'unknown command "devcies"; did you mean "devices"?');
});
