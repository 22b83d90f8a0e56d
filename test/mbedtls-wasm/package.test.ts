/** The package as npm makes it, installed in an empty project: its types hold, and what its README shows works there. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { freePort, Program, until } from './udp.ts';

const root = join(import.meta.dirname, '../../..');
const source = join(root, 'src/mbedtls-wasm');
const compiler = join(root, 'node_modules/typescript/bin/tsc');
const project = mkdtempSync(join(tmpdir(), 'mbedtls-wasm-package-'));

before(() => {
  npm(source, project, ['pack', '--pack-destination', project]);
  const [archive] = readdirSync(project).filter((name) => name.endsWith('.tgz'));
  assert.ok(archive);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'empty', private: true, type: 'module' }));
  npm(project, project, ['install', '--no-audit', '--no-fund', `./${archive}`]);
});
after(() => rmSync(project, { recursive: true }));

test('the packed package works in an empty project, without the network', () => {
  assert.deepEqual(installedKinds(join(project, 'node_modules/mbedtls-wasm')), ['.js', '.json', '.md', '.ts', '.wasm']);
  compile('use.ts', usage, ['--types', '']);
  assert.equal(run(process.execPath, ['use.js'], project), 'hello\n');
});

test("the README's server answers the README's client, and both end", async () => {
  const [server, client, ...others] = snippets();
  assert.ok(server && client);
  const port = String(await freePort());
  for (const [name, text] of [
    ['server', server],
    ['client', client],
  ] as const) {
    assert.ok(text.includes('5684'));
    compile(`${name}.ts`, text.replaceAll('5684', port), withNode);
  }
  const serving = new Program(process.execPath, [join(project, 'server.js')]);
  try {
    await serving.says(/listening/);
    const asking = new Program(process.execPath, [join(project, 'client.js')]);
    try {
      await asking.says(/\n/);
      await until(() => asking.ended, 'the client ends by itself');
      assert.equal(asking.text, 'hello\n');
    } finally {
      await asking.stop();
    }
  } finally {
    await serving.stop();
  }
  assert.equal(serving.text, 'listening\n');
  assert.equal(others.length, 1);
});

test("the README's certificates are what the types ask for", () => {
  const [, , certificates] = snippets();
  assert.ok(certificates);
  compile('certificates.ts', `${surroundings}${certificates}\nvoid endpoint;`, withNode);
});

/** What the README's lines on certificates take for granted. */
const surroundings = `
import type { Engine, ServerEndpointOptions } from 'mbedtls-wasm';

declare const engine: Engine;
declare const own: Uint8Array, intermediate: Uint8Array, root: Uint8Array, privateKey: Uint8Array;
declare const psk: NonNullable<ServerEndpointOptions['psk']>;
declare const clockIsTrusted: () => boolean;
`;

/** The programs of the README, in their order. */
function snippets(): string[] {
  const readme = readFileSync(join(project, 'node_modules/mbedtls-wasm/README.md'), 'utf8');
  return [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map(([, text = '']) => text);
}

const withNode = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')];

/** Writes a program of TypeScript into the project, holds it to the types of the package, and makes JavaScript of it. */
function compile(name: string, text: string, words: readonly string[]): void {
  writeFileSync(join(project, name), text);
  const options = ['--strict', '--exactOptionalPropertyTypes', '--module', 'nodenext', '--target', 'es2023'];
  run(process.execPath, [compiler, ...options, ...words, name], project);
}

const usage = `
import { DtlsError, Engine } from 'mbedtls-wasm';
import { readWasm } from 'mbedtls-wasm/read-wasm';

let noise = 1;
const engine = Engine.instantiate(readWasm(), {
  random: (into) => into.forEach((_, i) => {
    noise = (noise * 16807) % 2147483647;
    into[i] = noise;
  }),
  monotonicMs: () => 0,
  wallMs: () => 0,
});
const name = Uint8Array.of(1, 2, 3, 4);
const key = new Uint8Array(16).fill(7);
const server = engine.serverEndpoint({ suites: ['TLS_PSK_WITH_AES_128_CCM_8'], connectionIdLength: 0, psk: () => key });
const client = engine.clientEndpoint({ suites: ['TLS_PSK_WITH_AES_128_CCM_8'], psk: { identity: name, key } }).connect();
let fromClient = client.start().datagrams;
const check = server.checkClientHello(name, fromClient[0] ?? name);
if (check.kind !== 'verify') throw new Error(check.kind);
fromClient = client.receive(check.datagram).datagrams;
const connection = server.accept({ transportId: name });
while (fromClient.length > 0) {
  const fromServer = fromClient.flatMap((datagram) => connection.receive(datagram).datagrams);
  fromClient = fromServer.flatMap((datagram) => client.receive(datagram).datagrams);
}
const sealed = client.seal(Uint8Array.of(104, 101, 108, 108, 111));
if (sealed instanceof DtlsError) throw sealed;
for (const plaintext of connection.receive(sealed).plaintexts) console.log(String.fromCharCode(...plaintext));
`;

function npm(directory: string, project: string, words: readonly string[]): void {
  run('npm', [...words, '--offline', '--ignore-scripts', '--cache', join(project, '.cache')], directory);
}

function run(program: string, words: readonly string[], directory: string): string {
  return execFileSync(program, words, { cwd: directory, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The endings of the installed files' names, each once. */
function installedKinds(directory: string): string[] {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const endings = names.map((name) => /\.\w+$/.exec(name)?.[0]).filter((ending) => ending !== undefined);
  return [...new Set(endings)].sort();
}
