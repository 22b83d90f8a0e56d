/** The program as a process of its own: starts, stops, kills, and every way not to start. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ask, freePort, GatewayChild, killAll, newDirectory, removeDirectories } from './gateway-child.ts';

after(() => {
  killAll();
  removeDirectories();
});

test('it serves, stops cleanly, and goes on where it was; a kill is told from a stop', async () => {
  const { words, port } = await place();
  const first = start(words);
  const ready = await first.ready();
  assert.equal(ready.lastStop, 'first');
  assert.deepEqual(
    ready.listeners.map(({ name, url }) => [name, url]),
    [['field', `coaps://127.0.0.1:${port}`]],
  );
  assert.ok(ready.startToServingMs > 0 && ready.startToServingMs < 20_000);
  assert.equal(await ask(port, 'one'), '1');
  assert.equal(await first.end('SIGTERM'), 0);

  const second = start(words);
  const again = await second.ready();
  assert.equal(again.lastStop, 'clean');
  assert.ok(again.generation > ready.generation);
  assert.equal(await ask(port, 'two'), '2');
  await second.end('SIGKILL');

  const third = start(words);
  assert.equal((await third.ready()).lastStop, 'unclean');
  assert.equal(await ask(port, 'three'), '3');
  assert.equal(await third.end('SIGINT'), 0);
});

test('what the process did before the gateway began does not count as its start', async () => {
  const { words } = await place();
  const spawnedAt = performance.now();
  const late = new GatewayChild('late-program.js', words);
  const { startToServingMs } = await late.ready();
  const tookMs = performance.now() - spawnedAt;
  assert.ok(startToServingMs > 0 && startToServingMs <= tookMs - 1_000 + 1, `${startToServingMs} of ${tookMs}`);
  await late.end('SIGTERM');
});

test('a signal that comes while the start is not at its end, and devices are served, makes it a clean stop', async () => {
  const { words } = await place();
  const early = start(words, { FAKE_EARLY_SIGNAL: 'yes' });
  const { code, errors } = await early.failure();
  assert.deepEqual([code, errors], [0, '']);
  const next = start(words);
  assert.equal((await next.ready()).lastStop, 'clean');
  await next.end('SIGTERM');
});

test('a broken assertion ends the process with its stack, and the next start calls it a crash', async () => {
  const { words, port, state } = await place();
  const first = start(words);
  await first.ready();
  assert.equal(await ask(port, 'one'), '1');
  tell(port, 'crash');
  const { code } = await first.failure();
  assert.equal(code, 1);
  assert.match(first.output, /"level":"fatal".*asked to crash.*stack.*fake-program/);
  assert.match(readFileSync(join(state, 'crash'), 'utf8'), /asked to crash/);
  const second = start(words);
  assert.equal((await second.ready()).lastStop, 'crash');
  await second.end('SIGKILL');
  const third = start(words);
  assert.equal((await third.ready()).lastStop, 'unclean');
  await third.end('SIGTERM');
});

test('a damaged record is set aside, the others live', async () => {
  const { words, port, state } = await place();
  const first = start(words);
  await first.ready();
  await ask(port, 'good');
  await ask(port, 'bad');
  await first.end('SIGTERM');
  const second = start(words);
  await second.ready();
  assert.equal(await ask(port, 'good'), '2');
  assert.match(second.output, /"level":"error".*"peer":"meter-17".*set aside/);
  assert.equal(readdirSync(join(state, 'quarantine')).length, 1);
  await second.end('SIGTERM');
});

test('at a terminal it shows the screen and says goodbye', async () => {
  const { words } = await place();
  const gateway = start([...words, '--log', 'text']);
  await once(gateway.child.stdout ?? gateway.child, 'data');
  assert.match(
    gateway.output,
    /^holdfast \d+\.\d+\.\d+ serves \(first start, state in \S+\)\n {2}devices {4}coaps:\/\//,
  );
  assert.equal(await gateway.end('SIGINT'), 0);
  assert.match(gateway.output, /Stopped; everything is stored\.\n$/);
});

test('exit 30: a mistake in the configuration, nothing is touched', async () => {
  const { state } = await place();
  const file = join(state, 'holdfast.toml');
  writeFileSync(file, '[listener.field]\nport = 70000\n');
  await fails(
    ['--config', file, '--state', join(state, 'new')],
    30,
    /^error: .*line 2: listener\.field\.port is 70000; a port.*\n.*Check it: {2}\.\/holdfast config check /,
  );
  assert.deepEqual(readdirSync(state), ['holdfast.toml']);
});

test('exit 31: somebody else holds the port', async () => {
  const { words, port } = await place();
  const holder = createSocket('udp4');
  holder.bind(port, '127.0.0.1');
  await once(holder, 'listening');
  await fails(words, 31, /^error: another program holds UDP port \d+ \(listener "field"/);
  holder.close();
});

test('exit 32: another gateway holds the store', async () => {
  const { words, state } = await place();
  const first = start(words);
  await first.ready();
  await fails(['--state', state, '--listen', `field=coaps://127.0.0.1:${await freePort()}`], 32, /^error: /);
  await first.end('SIGKILL');
});

test('exit 34: the state directory is a file', async () => {
  const { state, port } = await place();
  const file = join(state, 'file');
  writeFileSync(file, '');
  await fails(['--state', file, '--listen', `field=coaps://127.0.0.1:${port}`], 34, /there is a file in its place/);
});

test('exit 35: the master key is missing, or open to others', async () => {
  const { words, state } = await place();
  const first = start(words);
  await first.ready();
  await first.end('SIGTERM');
  chmodSync(join(state, 'master.key'), 0o644);
  await fails(words, 35, /open to others/);
  rmSync(join(state, 'master.key'));
  await fails(words, 35, /is missing/);
});

async function place(): Promise<{ words: string[]; port: number; state: string }> {
  const port = await freePort();
  const state = newDirectory();
  return { port, state, words: ['--state', state, '--listen', `field=coaps://127.0.0.1:${port}`] };
}

function start(words: readonly string[], environment: NodeJS.ProcessEnv = {}): GatewayChild {
  return new GatewayChild('fake-program.js', words, environment);
}

async function fails(words: readonly string[], code: number, sentence: RegExp): Promise<void> {
  const failure = await start(words).failure();
  assert.equal(failure.code, code, failure.errors);
  assert.match(failure.errors, sentence);
}

function tell(port: number, text: string): void {
  const client = createSocket('udp4');
  client.send(text, port, '127.0.0.1', () => client.close());
}
