/** What systemd is told, and when it is not told that all is well. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { ServiceManager } from '../../src/host/service-manager.ts';

function watched(environment: Record<string, string | undefined>) {
  const told: string[] = [];
  const logged: string[] = [];
  let failure: Error | null = null;
  const log = pino({ base: null }, { write: (line: string) => void logged.push(JSON.parse(line).msg) });
  const notify = (message: readonly string[], done: (error: Error | null) => void): void => {
    told.push(...message);
    done(failure);
  };
  const manager = new ServiceManager({ log, environment, pid: 12, notify });
  const fails = (error: Error): void => {
    failure = error;
  };
  return { manager, told, logged, environment, fails };
}

const fed = (told: readonly string[]): number => told.filter((line) => line === 'WATCHDOG=1').length;

test('without systemd nobody is told anything', () => {
  const { manager, told } = watched({});
  manager.ready('Serves.', () => undefined);
  manager.stopping();
  assert.deepEqual(told, []);
});

test('it is told that the gateway serves, and that it stops; no child is told to tell', () => {
  const { manager, told, environment } = watched({ NOTIFY_SOCKET: '/run/notify', WATCHDOG_PID: '12', PATH: '/bin' });
  assert.deepEqual(environment, { PATH: '/bin' });
  manager.ready('Serves.', () => undefined);
  assert.deepEqual(told, ['READY=1', 'STATUS=Serves.']);
  manager.stopping();
  assert.equal(told[2], 'STOPPING=1');
});

test('the watchdog is fed thrice before it bites, and not while something is stuck, which is said once', async () => {
  const { manager, told, logged } = watched({ NOTIFY_SOCKET: '/run/notify', WATCHDOG_USEC: '30000' });
  let wrong: string | undefined;
  manager.ready('Serves.', () => wrong);
  const until = async (isSo: () => boolean): Promise<void> => {
    for (let i = 0; i < 500 && !isSo(); i++) await pause(5);
    assert.ok(isSo());
  };
  await until(() => fed(told) >= 3);
  wrong = 'a write does not come back';
  await until(() => logged.length === 1);
  const before = fed(told);
  await pause(50);
  assert.deepEqual([fed(told), logged.length], [before, 1]);
  wrong = undefined;
  await until(() => fed(told) > before);
  manager.stopping();
  const last = fed(told);
  await pause(50);
  assert.equal(fed(told), last);
});

test('who is watched is somebody else', async () => {
  const { manager, told } = watched({ NOTIFY_SOCKET: '/run/notify', WATCHDOG_USEC: '3000', WATCHDOG_PID: '13' });
  manager.ready('Serves.', () => undefined);
  await pause(20);
  assert.equal(fed(told), 0);
});

test('that it cannot be told is logged, once until it can', () => {
  const { manager, logged, fails } = watched({ NOTIFY_SOCKET: '/run/notify' });
  fails(new Error('no such program'));
  manager.ready('Serves.', () => undefined);
  manager.stopping();
  assert.deepEqual(logged, ['systemd could not be told']);
});

test('the program that carries the message gets it as it is, and the socket', () => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-notify-'));
  try {
    const said = join(directory, 'said');
    writeFileSync(join(directory, 'systemd-notify'), `#!/bin/sh\nprintf '%s|' "$NOTIFY_SOCKET" "$@" > ${said}\n`);
    chmodSync(join(directory, 'systemd-notify'), 0o755);
    const module = new URL('../../src/host/service-manager.js', import.meta.url).href;
    const script = `import(${JSON.stringify(module)}).then(({ ServiceManager }) => {
      new ServiceManager({ log: { error: (...said) => console.error(...said) } }).ready('Serves 3.', () => undefined);
    });`;
    const environment = { PATH: `${directory}:${process.env['PATH']}`, NOTIFY_SOCKET: '@holdfast' };
    execFileSync(process.execPath, ['-e', script], { env: environment });
    assert.equal(readFileSync(said, 'utf8'), '@holdfast|READY=1|STATUS=Serves 3.|');
  } finally {
    rmSync(directory, { recursive: true });
  }
});
