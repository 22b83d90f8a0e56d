/**
 * The real program where it cannot start: a port in use, a store that is held or damaged, a wrong configuration. Each is a
 * sentence with its own exit code; what is there stays as it is, and the gateway that could start serves again.
 */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

test('a damaged store serves on out of a repaired copy; one beyond repair: exit 33, nothing is changed', async () => {
  const { words, state } = await place();
  await serves(words);
  const database = join(state, 'leveldb');
  const files = () => readdirSync(database).filter((name) => !name.startsWith('LO'));
  const manifests = files().filter((name) => name.startsWith('MANIFEST'));
  assert.ok(manifests.length > 0);
  for (const name of manifests) writeFileSync(join(database, name), 'not a manifest');
  const before = contents(database);
  const { output } = await serves(words);
  assert.match(output, /"reason":"store-repaired".*a copy of it was repaired/);
  assert.deepEqual(contents(`${database}.damaged-1`), before, 'the damaged files are kept as they were');
  await serves(words);
  for (const name of files()) writeFileSync(join(database, name), '');
  const beyond = contents(database);
  for (let i = 0; i < 2; i++) await fails(words, 33, /^error: .*damaged beyond repair.*\n {2}Restore a backup/m);
  assert.deepEqual(contents(database), beyond);
});

test('another master key: exit 35, also when its check file is gone; the right one finds everything', async () => {
  const { words, state } = await place();
  await serves(words);
  const [key, check] = [join(state, 'master.key'), join(state, 'master.check')];
  const right = readFileSync(key);
  writeFileSync(key, new Uint8Array(32).fill(7));
  await fails(words, 35, /^error: the master key is not the one/);
  rmSync(check);
  await fails(words, 35, /^error: the master key is not the one.*\n {2}Put the right one back/m);
  writeFileSync(key, right);
  const { output } = await serves(words);
  assert.doesNotMatch(output, /set aside|"level":"error"/);
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
async function serves(words: readonly string[]): Promise<GatewayChild> {
  const gateway = new GatewayChild(program, words);
  await gateway.ready();
  assert.equal(await gateway.end('SIGTERM'), 0);
  return gateway;
}

function contents(directory: string): string[] {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  // LevelDB's own words about each attempt are no part of the store.
  const kept = files.filter(({ name }) => !name.startsWith('LOG'));
  return kept.map(({ parentPath, name }) => `${name} ${readFileSync(join(parentPath, name)).toString('hex')}`).sort();
}
