import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { effectiveToml } from '../../src/api/configuration/effective.ts';
import { parseArguments, usage } from '../../src/host/arguments.ts';
import { type LoadedConfiguration, loadConfiguration } from '../../src/host/configuration.ts';
import { StartError } from '../../src/host/start-error.ts';

const directory = mkdtempSync(join(tmpdir(), 'holdfast-configuration-'));
after(() => rmSync(directory, { recursive: true }));

test('without a file and arguments there are two listeners, a socket beside the store, and no HTTP', () => {
  const loaded = load();
  assert.deepEqual(
    loaded.configuration.listeners.map(({ name, address, port, security }) => [name, address, port, security]),
    [
      ['ipv4', '0.0.0.0', 5684, 'psk'],
      ['ipv6', '::', 5684, 'psk'],
    ],
  );
  assert.equal(loaded.described.file, null);
  assert.equal(loaded.configuration.stateDirectory, '/clone/var');
  assert.equal(loaded.socketPath, '/clone/var/admin.sock');
  assert.equal(loaded.configuration.httpAddress, undefined);
});

test('a terminal is quiet unless the file says a level', () => {
  const level = (text: string) => load('--config', write(text)).terminalLogLevel;
  assert.equal(level('[store]\nspacing = 250\n'), 'warn');
  assert.equal(level('[log]\nlevel = "debug"\n'), 'debug');
  assert.equal(level('[log]\nlevel = "info"\n'), 'info');
  assert.equal(load().configuration.logLevel, 'info');
});

test('the help opens with calls that are understood, and warns of the REST port', () => {
  const [examples = ''] = usage.split('\n\n');
  const calls = examples.split('\n').slice(1);
  assert.ok(usage.startsWith('Examples:\n') && calls.length > 2);
  for (const call of calls)
    parseArguments(
      call
        .replace(/^ +npm start( --)? ?/, '')
        .split(' ')
        .filter(Boolean),
    );
  assert.match(usage.replace(/\s+/g, ' '), /every account of this machine may then read and change everything/);
  for (const line of usage.split('\n')) assert.ok(line.length < 80, line);
});

test('arguments win over the file, and say so in the effective configuration', () => {
  const file = write('[state]\ndirectory = "/data"\n[http]\naddress = "127.0.0.1:1"\n[log]\nlevel = "debug"\n');
  const { configuration, described } = load('--config', file, '--state', '/other', '--http', '127.0.0.1:8080');
  assert.equal(configuration.stateDirectory, '/other');
  assert.equal(configuration.httpAddress, '127.0.0.1:8080');
  assert.equal(configuration.logLevel, 'debug');
  const effective = effectiveToml(described.keys);
  assert.equal(described.file, file);
  assert.match(effective, /directory = "\/other" +# --state/);
  assert.match(effective, /address = "127\.0\.0\.1:8080" +# --http/);
  assert.match(effective, /level = "debug" +# line 6/);
});

test('--listen replaces all listeners, --nosec adds one', () => {
  const both = load(
    '--listen',
    'field=coaps://127.0.0.1:7000',
    '--listen',
    'six=coaps://[::1]',
    '--nosec',
    'coap://127.0.0.1',
  );
  assert.deepEqual(both.configuration.listeners, [
    { name: 'field', address: '127.0.0.1', port: 7000, security: 'psk', enabled: true },
    { name: 'six', address: '::1', port: 5684, security: 'psk', enabled: true },
    { name: 'nosec', address: '127.0.0.1', port: 5683, security: 'none', enabled: true },
  ]);
  assert.match(effectiveToml(both.described.keys), /\[listener\.field\]\naddress = "127\.0\.0\.1" +# --listen/);
  assert.deepEqual(
    load('--nosec', 'coap://127.0.0.1').configuration.listeners.map(({ name }) => name),
    ['ipv4', 'ipv6', 'nosec'],
  );
});

test('every problem of a file is told, with its line', () => {
  const file = write('[listener.field]\nport = 70000\nlifetme = 4\n');
  const error = refused('--config', file);
  assert.match(error.message, /line 2: listener\.field\.port is 70000; a port is 1 to 65535\.$/);
  assert.match(error.more.join('\n'), /line 3: unknown key "lifetme"/);
});

test('mistakes in arguments are one sentence each', () => {
  assert.match(
    refused('--config', '/nowhere/x.toml').message,
    /^the configuration \/nowhere\/x\.toml cannot be read: ENOENT\.$/,
  );
  assert.match(refused('--http', '0.0.0.0:8080').message, /loopback/);
  assert.match(refused('--listen', 'coaps://0.0.0.0').message, /it is like field=coaps:\/\/0\.0\.0\.0:5684\.$/);
  assert.match(refused('--listen', 'a=coap://0.0.0.0').message, /not understood/);
  assert.match(refused('--listen', 'a=coaps://300.0.0.1').message, /not an address/);
  assert.match(refused('--nosec', 'coap://127.0.0.1:99999').message, /not understood/);
  assert.match(refused('--listen', 'a=coaps://127.0.0.1', '--listen', 'a=coaps://127.0.0.2').message, /two listeners/);
  assert.match(refused('--lsten', 'x').message, /'--lsten'/);
  assert.match(refused('--log', 'xml').message, /"json" or "text"/);
  assert.match(refused('--socket', `/${'long/'.repeat(30)}admin.sock`).message, /has \d+ bytes; the system takes 107/);
});

function load(...words: string[]): LoadedConfiguration {
  return loadConfiguration(parseArguments(words), {
    root: '/clone',
    version: '0.1.0',
    inClone: true,
    configurationFile: undefined,
    stateDirectory: '/clone/var',
    runtimeDirectory: undefined,
  });
}

function refused(...words: string[]): StartError {
  try {
    load(...words);
  } catch (error) {
    assert.ok(error instanceof StartError);
    assert.equal(error.exit, 30);
    return error;
  }
  return assert.fail('it was taken');
}

function write(text: string): string {
  const file = join(directory, `${Math.random()}.toml`);
  writeFileSync(file, text);
  return file;
}
