/** The package as npm makes it, installed in an empty project: its types hold, and its two ends shake hands there. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../../..');
const source = join(root, 'src/mbedtls-wasm');
const compiler = join(root, 'node_modules/typescript/bin/tsc');

test('the packed package works in an empty project, without the network', () => {
  const project = mkdtempSync(join(tmpdir(), 'mbedtls-wasm-package-'));
  try {
    npm(source, project, ['pack', '--pack-destination', project]);
    const [archive] = readdirSync(project).filter((name) => name.endsWith('.tgz'));
    assert.ok(archive);
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'empty', private: true, type: 'module' }));
    npm(project, project, ['install', '--no-audit', '--no-fund', `./${archive}`]);
    assert.deepEqual(installedKinds(join(project, 'node_modules/mbedtls-wasm')), [
      '.js',
      '.json',
      '.md',
      '.ts',
      '.wasm',
    ]);

    writeFileSync(join(project, 'use.ts'), usage);
    const options = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2023', '--types', ''];
    run(process.execPath, [compiler, ...options, 'use.ts'], project);
    writeFileSync(join(project, 'use.js'), usage);
    assert.equal(run(process.execPath, ['use.js'], project), 'hello\n');
  } finally {
    rmSync(project, { recursive: true });
  }
});

/** The same text as TypeScript and as JavaScript. */
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
