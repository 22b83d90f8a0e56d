/**
 * The real program where it cannot start: a port in use, a store that is held or damaged, a wrong configuration. Each is a
 * sentence with its own exit code; what is there stays as it is, and the gateway that could start serves again.
 */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { freePort, GatewayChild, killAll, newDirectory, removeDirectories } from '../host/gateway-child.ts';

const program = '../../src/host/main.js';

after(() => {
  killAll();
  removeDirectories();
});

test('a port in use: exit 31, and a first start that failed leaves a state that starts', async () => {
  const { words, port } = await place();
  const holder = createSocket('udp4');
  holder.bind(port, '127.0.0.1');
  holder.unref();
  await once(holder, 'listening');
  await fails(words, 31, new RegExp(`^error: another program holds UDP port ${port} \\(listener "field"`));
  holder.close();
  await serves(words);
});

test('a port of the second listener in use: the first one is free again', async () => {
  const { words, port } = await place();
  const holder = createSocket('udp4');
  holder.bind(0, '127.0.0.1');
  holder.unref();
  await once(holder, 'listening');
  const taken = `lab=coap://127.0.0.1:${holder.address().port}`;
  await fails([...words, '--nosec', taken], 31, /listener "lab"/);
  holder.close();
  const check = createSocket('udp4');
  check.bind(port, '127.0.0.1');
  await once(check, 'listening');
  check.close();
});

test('the port of HTTP in use: exit 31', async () => {
  const { words } = await place();
  const holder = createServer().listen(0, '127.0.0.1');
  holder.unref();
  await once(holder, 'listening');
  const { port } = holder.address() as { port: number };
  await fails([...words, '--http', `127.0.0.1:${port}`], 31, /^error: --http .* is in use by another process/);
  holder.close();
});

test('a store held by another gateway: exit 32, and the other serves on', async () => {
  const { words, state } = await place();
  const first = new GatewayChild(program, words);
  await first.ready();
  const second = ['--state', state, '--listen', `field=coaps://127.0.0.1:${await freePort()}`];
  await fails(second, 32, /^error: the store in .* is held by another process\. Stop that gateway first\./);
  assert.equal(await first.end('SIGTERM'), 0, 'it was not disturbed');
  await serves(words);
});

test('a damaged store: exit 33, nothing is changed, and its copy serves', async () => {
  const { words, state } = await place();
  await serves(words);
  const copy = join(newDirectory(), 'copy');
  cpSync(state, copy, { recursive: true });
  const database = join(state, 'leveldb');
  const files = readdirSync(database, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  const manifests = files.filter(({ name }) => name.startsWith('MANIFEST'));
  assert.ok(manifests.length > 0);
  for (const { parentPath, name } of manifests) writeFileSync(join(parentPath, name), 'not a manifest');
  const before = contents(database);
  await fails(words, 33, /^error: .*damaged/);
  assert.deepEqual(contents(database), before);
  rmSync(state, { recursive: true });
  cpSync(copy, state, { recursive: true });
  await serves(words);
});

test('a wrong configuration: exit 30, every mistake with its line, nothing is made', async () => {
  const { state } = await place();
  const file = join(state, 'holdfast.toml');
  const wrong = {
    'no TOML': 'listener = [',
    'no such key': '[listener.field]\nprot = 5684\n',
    'a port that is none': '[listener.field]\nport = 0\n',
    'text for a number': '[listener.field]\nport = "many"\n',
  };
  for (const [what, text] of Object.entries(wrong)) {
    writeFileSync(file, text);
    const { errors } = await fails(['--config', file, '--state', join(state, 'new')], 30, /^error: /);
    assert.match(errors, /line \d/, what);
  }
  assert.deepEqual(readdirSync(state), ['holdfast.toml']);
  await fails(['--config', join(state, 'none.toml')], 30, /^error: .*none\.toml/);
});

async function place(): Promise<{ words: string[]; port: number; state: string }> {
  const port = await freePort();
  const state = newDirectory();
  return { port, state, words: ['--state', state, '--listen', `field=coaps://127.0.0.1:${port}`] };
}

async function fails(words: readonly string[], code: number, sentence: RegExp) {
  const child = new GatewayChild(program, words);
  const tooLong = setTimeout(() => child.child.kill('SIGKILL'), 20_000);
  const failure = await child.failure();
  clearTimeout(tooLong);
  assert.equal(failure.code, code, failure.errors);
  assert.match(failure.errors, sentence);
  assert.doesNotMatch(failure.errors, /\n\s+at /, 'a sentence, not a stack');
  return failure;
}

/** Starts, and stops cleanly. */
async function serves(words: readonly string[]): Promise<void> {
  const gateway = new GatewayChild(program, words);
  await gateway.ready();
  assert.equal(await gateway.end('SIGTERM'), 0);
}

function contents(directory: string): string[] {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  // LevelDB's own words about each attempt are no part of the store.
  const kept = files.filter(({ name }) => !name.startsWith('LOG'));
  return kept.map(({ parentPath, name }) => `${name} ${readFileSync(join(parentPath, name)).toString('hex')}`).sort();
}
