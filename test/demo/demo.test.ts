/** The whole demo with ten devices, as a person runs it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const temporary = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
after(() => rmSync(temporary, { recursive: true, force: true }));

test('ten devices, five kills: no handshake, no registration, nothing lost, no number used twice', async () => {
  const { code, output, errors } = await run(['--devices', '10', '--json', '--seed', '17']).ended;
  assert.equal(code, 0, errors);
  const { acknowledged, readyMs, firstNotificationMs, ...rest } = JSON.parse(output) as Record<string, number>;
  assert.deepEqual(rest, {
    devices: 10,
    kills: 5,
    handshakesAfterRestart: 0,
    registrationsAfterRestart: 0,
    acknowledgedLost: 0,
    sequenceReused: 0,
  });
  assert.ok((acknowledged ?? 0) >= 60 && (readyMs ?? 0) > 0 && (firstNotificationMs ?? 0) > 0);
  assert.match(errors, /^No device noticed\. Nothing acknowledged was lost\. +\d+s, ok$/m);
  assert.equal(errors.split('\n').filter((line) => /^ {3}[1-5] .* 10 of 10 \d+\.\ds$/.test(line)).length, 5);
  assert.deepEqual(readdirSync(temporary), []);
});

test('ten devices, five power cuts: the same with what a disk has to keep', async (context) => {
  const { code, output, errors } = await run(['--devices', '10', '--json', '--seed', '17', '--power-cut']).ended;
  if (code === 0 && errors.startsWith('skipped: ')) return context.skip(errors);
  assert.equal(code, 0, errors);
  const figures = JSON.parse(output) as Record<string, number>;
  const { kills, handshakesAfterRestart, registrationsAfterRestart, acknowledgedLost, sequenceReused } = figures;
  assert.deepEqual([kills, handshakesAfterRestart, registrationsAfterRestart], [5, 0, 0]);
  assert.deepEqual([acknowledgedLost, sequenceReused], [0, 0]);
  assert.match(errors, /^3 {2}power cuts {2}/m);
  assert.deepEqual(readdirSync(temporary), []);
});

test('a machine that cannot record skips the power cuts with its reason, and fails where nothing may be skipped', async () => {
  const without = { CC: '/nonexistent/cc', CI: '' };
  const { code, output, errors } = await run(['--power-cut'], without).ended;
  assert.deepEqual([code, output, errors.startsWith('skipped: there is no C compiler')], [0, '', true], errors);
  const json = await run(['--power-cut', '--json'], without).ended;
  assert.match((JSON.parse(json.output) as { skipped: string }).skipped, /^there is no C compiler/);
  const ci = await run(['--power-cut'], { ...without, CI: 'true' }).ended;
  assert.deepEqual([ci.code, ci.errors.startsWith('error: there is no C compiler')], [1, true], ci.errors);
  assert.deepEqual(readdirSync(temporary), []);
});

test('Ctrl-C stops what was started, says so, and leaves nothing behind', async () => {
  const { child, ended, said } = run(['--devices', '5']);
  while (!said().includes('KILL')) await wait(50);
  child.kill('SIGINT');
  const { code, output } = await ended;
  assert.equal(code, 130);
  assert.match(output, /^Interrupted: the gateway and its devices are stopped/m);
  assert.deepEqual(readdirSync(temporary), []);
});

test('a wrong call is explained, and nothing is started', async () => {
  for (const words of [
    ['--devices', '1001'],
    ['--devices', 'x'],
    ['--seed', '-1'],
    ['--device', '5'],
  ]) {
    const { code, output, errors } = await run(words).ended;
    assert.deepEqual([code, output], [2, '']);
    assert.match(errors, /^error: .*\n {2}How to call it: {2}npm run demo -- --help\n$/);
  }
  assert.match((await run(['--help']).ended).output, /^Usage: npm run demo/);
});

function run(words: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const program = fileURLToPath(new URL('main.js', import.meta.url));
  const child = spawn(process.execPath, [program, ...words], {
    env: { ...process.env, ...environment, TMPDIR: temporary },
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  child.stderr.on('data', (text) => {
    errors += text;
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as unknown, output, errors }));
  return { child, ended, said: () => output + errors };
}
