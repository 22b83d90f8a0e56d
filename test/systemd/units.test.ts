/** The units: what keeps the ports open and the state in its place, and how little the service may do. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = new URL('../../../', import.meta.url).pathname;
const unit = (name: string): string => join(root, 'systemd', name);
const exposureMax = 2;

/** What a unit sets, in order; a name that stands twice has two values. */
function settings(name: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let section = '';
  for (const line of readFileSync(unit(name), 'utf8').split('\n')) {
    if (line.startsWith('[')) section = line.slice(1, -1);
    const [key = '', ...rest] = line.split('=');
    if (line.startsWith('#') || rest.length === 0) continue;
    found.set(`${section}.${key}`, [...(found.get(`${section}.${key}`) ?? []), rest.join('=')]);
  }
  return found;
}

function expectSet(name: string, wanted: Readonly<Record<string, string>>): void {
  const found = settings(name);
  for (const [key, value] of Object.entries(wanted)) assert.deepEqual(found.get(key), [value], `${name}: ${key}`);
}

test('the ports are held whatever the service does, and hold a storm', () => {
  expectSet('holdfast.socket', {
    'Unit.StartLimitIntervalSec': '0',
    'Unit.DefaultDependencies': 'no',
    'Socket.ListenDatagram': '[::]:5684',
    'Socket.FileDescriptorName': 'field',
    'Socket.ReceiveBuffer': '4M',
    'Socket.TriggerLimitIntervalSec': '0',
    'Install.WantedBy': 'sockets.target',
  });
  assert.equal(settings('holdfast.socket').has('Socket.ReusePort'), false, 'nobody else may take datagrams');
});

test('the service comes back always, on its own state, with its key, and is watched', () => {
  expectSet('holdfast.service', {
    'Unit.StartLimitIntervalSec': '0',
    'Unit.RequiresMountsFor': '/var/lib/holdfast',
    'Service.Type': 'notify',
    'Service.NotifyAccess': 'all',
    'Service.Restart': 'always',
    'Service.StateDirectory': 'holdfast',
    'Service.User': 'holdfast',
    'Service.LoadCredential': 'holdfast-master-key:/etc/holdfast/master.key',
    'Service.WatchdogSec': '60',
  });
  assert.equal(settings('holdfast.service').has('Service.MemoryDenyWriteExecute'), false, 'V8 compiles at run time');
});

test('the account is of the system and owns nothing but its state', () => {
  assert.match(readFileSync(unit('holdfast.sysusers'), 'utf8'), /^u holdfast +- "[^"]+" \/var\/lib\/holdfast$/m);
});

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;
const without = hasSystemd ? false : 'systemd-analyze is not on this machine';

test('the service may do little', { skip: without }, () => {
  const told = execFileSync('systemd-analyze', ['security', '--offline=true', '--no-pager', unit('holdfast.service')], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exposure = Number(/Overall exposure level for holdfast\.service: ([\d.]+)/.exec(told)?.[1]);
  assert.ok(exposure <= exposureMax, `exposure ${exposure}`);
});

test('systemd understands the units', { skip: without }, () => {
  const { stderr } = spawnSync(
    'systemd-analyze',
    ['verify', '--man=no', unit('holdfast.socket'), unit('holdfast.service')],
    {
      encoding: 'utf8',
    },
  );
  // What a newer systemd knows, and what only the package brings.
  const ofLaterVersion = /Unknown key(?: name)? '(?:RestartSteps|RestartMaxDelaySec)'/;
  const lines = stderr.split('\n').filter((line) => line.includes('holdfast.'));
  const wrong = lines.filter((line) => !ofLaterVersion.test(line) && !line.includes('/usr/lib/holdfast/bin/node'));
  assert.deepEqual(wrong, []);
});

test('what the service starts is where a package puts this tree', () => {
  const [start = ''] = settings('holdfast.service').get('Service.ExecStart') ?? [];
  const program = start.split(' ')[1] ?? '';
  assert.ok(existsSync(join(root, program.replace('/usr/lib/holdfast/', ''))), program);
});
