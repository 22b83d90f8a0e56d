/** The real process: pipes, signals, and a first output that does not keep anybody waiting. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventBody, fleet } from './support/bodies.ts';
import { FakeGateway } from './support/fake-gateway.ts';

const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
let gateway: FakeGateway;

before(async () => {
  gateway = await FakeGateway.make();
});

after(() => gateway.remove());

function start(...argv: readonly string[]) {
  const env = { ...process.env, HOLDFAST_SOCKET: gateway.socketPath };
  return spawn(process.execPath, [main, ...argv], { env, stdio: ['pipe', 'pipe', 'pipe'] });
}

test('a process prints its result, and exits with its code', async () => {
  gateway.answer = () => ({ array: fleet });
  const child = start('devices', '--no-header');
  let out = '';
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  const [code] = await once(child, 'close');
  assert.equal(code, 0);
  assert.equal(out.split('\n').length, fleet.length + 1);
});

test('a reader that has seen enough ends it silently', async () => {
  gateway.answer = () => ({ array: Array.from({ length: 2_000 }, () => fleet).flat() });
  const child = start('devices', '--json');
  let err = '';
  child.stderr.on('data', (chunk) => (err += String(chunk)));
  child.stdout.once('data', () => child.stdout.destroy());
  const [code] = await once(child, 'close');
  assert.equal(code, 141);
  assert.equal(err, '');
});

test('SIGINT ends a stream at once', async () => {
  gateway.answer = () => ({ lines: [eventBody('SLEEPING', { endpoint: 'm' })], ending: 'stay' });
  const child = start('events', '--follow');
  child.stdout.once('data', () => child.kill('SIGINT'));
  const [code] = await once(child, 'close');
  assert.equal(code, 130);
});

test('a key on stdin is taken from a pipe', async () => {
  gateway.answer = ({ route }) =>
    route.kind === 'add-security' ? { json: { endpoint: 'm', result: 'added' } } : { json: {} };
  const child = start('device', 'add', 'm', '--json');
  child.stdin.end('00112233445566778899aabbccddeeff\n');
  const [code] = await once(child, 'close');
  assert.equal(code, 0);
});
