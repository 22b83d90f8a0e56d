// That every bench still runs, for one round of almost nothing, and what `npm run bench` says to a wrong call. How fast
// anything is says no test: machines are noisy.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../scripts/lib/paths.mjs';

const tiny = ['--rounds', '1', '--scale', '0.001'];
const names = ['engine', 'coap', 'machine', 'store', 'start', 'notify', 'listing', 'cli'];

test('each bench runs for one tiny round and says its figures in one line', () => {
  const { status, stdout, stderr } = call(...tiny, '--json');
  assert.equal(stderr, '');
  assert.equal(status, 0);
  assert.match(stdout, /^[^\n]+\n$/);
  const { groups } = JSON.parse(stdout);
  assert.deepEqual(
    groups.map((/** @type {{ bench: string }} */ group) => group.bench),
    names,
  );
  for (const { bench, figures } of groups) {
    assert.ok(figures.length > 1, bench);
    for (const { name, median, low, high } of figures) {
      assert.ok(low <= median && median <= high && low >= 0, `${bench}, ${name}`);
    }
  }
});

test('the wear bench counts every way to keep the writes, and takes its disks away again', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'wear-test-'));
  const words = ['wear', '--devices', '4', '--hours', '0.1', '--directory', directory];
  try {
    const { status, stdout, stderr } = call(...words, '--json');
    assert.equal(stderr, '');
    assert.equal(status, 0);
    assert.match(stdout, /^[^\n]+\n$/);
    const { syncPerEvent, sqlite, lmdb, reasons, ...ours } = JSON.parse(stdout);
    assert.equal(ours.devices, 4);
    assert.match(ours.method, /written/);
    assert.equal(sqlite === null, 'sqlite' in reasons);
    assert.equal(lmdb === null, 'lmdb' in reasons);
    for (const kept of [ours, syncPerEvent, sqlite, lmdb].filter((each) => each !== null)) {
      for (const load of [kept.withoutNotifications, kept.withNotifications]) {
        assert.ok(load.deviceMBPerDay > 0);
        assert.ok(load.commitsPerDay > 0);
        assert.ok(0 <= load.ackDelayMsP50 && load.ackDelayMsP50 <= load.ackDelayMsP99);
        assert.equal(load.simulatedSeconds, 360);
      }
    }
    assert.ok(ours.withNotifications.ackDelayMsP50 > 0, 'a notification waits for its commit');
    assert.ok(syncPerEvent.withNotifications.commitsPerDay > 1.5 * ours.withNotifications.commitsPerDay);
    for (const line of call(...words).stdout.split('\n')) assert.ok(line.length <= 79, line);
    assert.deepEqual(readdirSync(directory), []);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('the bench of notifications measures three ways to take them, in one line', () => {
  const { status, stdout, stderr } = call('notifications', '--devices', '3', '--rounds', '1', '--each', '2', '--json');
  assert.equal(stderr, '');
  assert.equal(status, 0);
  assert.match(stdout, /^[^\n]+\n$/);
  const figures = JSON.parse(stdout);
  const names = ['floorUs', 'cpuUsPerNotification', 'durableCpuUsPerNotification', 'perSecond', 'rssPeakMB'];
  assert.deepEqual(Object.keys(figures), names);
  assert.ok(figures.perSecond > 0 && figures.rssPeakMB > 20);
});

test('the bench of a recovery kills a gateway, whose devices lose nothing, and has it shake hands with them', () => {
  const { status, stdout, stderr } = call('recovery', '--devices', '3', '--json');
  assert.equal(stderr, '');
  assert.equal(status, 0);
  assert.match(stdout, /^[^\n]+\n$/);
  const { readyMs, firstNotificationMs, rssPeakMB, resumed, full, ...rest } = JSON.parse(stdout);
  assert.deepEqual(rest, { handshakes: 0, registrations: 0, acknowledgedLost: 0 });
  assert.ok(readyMs > 0 && firstNotificationMs > 0 && rssPeakMB > 20);
  for (const handshakes of [resumed, full]) {
    assert.deepEqual(Object.keys(handshakes), ['psk', 'x509']);
    for (const figures of Object.values(handshakes)) {
      assert.deepEqual(Object.keys(figures), ['ms', 'cpuUs', 'bytes']);
      // So few devices cost less processor time than two starts differ by.
      assert.ok(figures.ms > 0 && Number.isSafeInteger(figures.cpuUs) && figures.bytes > 400 && figures.bytes < 2_000);
    }
  }
  assert.ok(full.x509.bytes > resumed.x509.bytes + 500, 'certificates travel in full handshakes alone');
});

test('on a screen no line is wider than 79 columns', () => {
  const { stdout } = call(...tiny, '--only', 'engine', '--only', 'coap');
  assert.match(stdout, /^engine: /m);
  assert.match(stdout, /^coap: /m);
  for (const line of stdout.split('\n')) assert.ok(line.length <= 79, line);
});

test('the help opens with examples and names the benches', () => {
  for (const flag of ['--help', '-h']) {
    const { status, stdout, stderr } = call(flag);
    assert.equal(status, 0);
    assert.match(stdout, /^Examples:\n {2}npm run bench\n/);
    assert.ok(stdout.includes(names.join(', ')));
    assert.equal(stderr, '');
    assert.match(call('wear', flag).stdout, /^Examples:\n {2}npm run bench -- wear\n/);
    for (const part of ['notifications', 'recovery']) {
      const help = call(part, flag).stdout;
      assert.ok(help.startsWith(`Examples:\n  npm run bench -- ${part}`));
      for (const line of help.split('\n')) assert.ok(line.length <= 79, line);
    }
  }
});

test('an unknown bench, flag or number is a wrong call, in a sentence', () => {
  for (const [words, sentence] of [
    [['--only', 'disk'], 'no bench is called "disk".'],
    [['--rounds', '0'], '--rounds is "0"; it is a number from 1 to 100.'],
    [['--fast'], "Unknown option '--fast'."],
  ]) {
    const { status, stdout, stderr } = call(...words);
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.equal(stderr, `error: ${sentence}\n  How to call it:  npm run bench -- --help\n`);
  }
  for (const [words, sentence] of [
    [['--devices', '0'], '--devices is "0"; it is a number from 1 to 10000.'],
    [['--hours', '0'], '--hours is "0"; it is above 0, and 48 at most.'],
    [['--seed', 'x'], '--seed is "x"; it is a whole number.'],
    [['--fast'], "Unknown option '--fast'."],
  ]) {
    const { status, stdout, stderr } = call('wear', ...words);
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.equal(stderr, `error: ${sentence}\n  How to call it:  npm run bench -- wear --help\n`);
  }
  for (const part of ['notifications', 'recovery']) {
    const { status, stderr } = call(part, '--devices', '10001');
    assert.equal(status, 2);
    const sentence = '--devices is "10001"; it is a number from 1 to 10000.';
    assert.equal(stderr, `error: ${sentence}\n  How to call it:  npm run bench -- ${part} --help\n`);
  }
});

/** @param {string[]} words */
function call(...words) {
  const program = path.join(ROOT, 'build', 'test', 'bench', 'main.js');
  return spawnSync(process.execPath, [program, ...words], { encoding: 'utf8', timeout: 180_000 });
}
