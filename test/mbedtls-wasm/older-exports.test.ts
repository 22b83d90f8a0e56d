/** What an older engine exported: an upgrade must not cost a device its connection, nor its resumption. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { clientOptions, connect, identity, imported, key, makeEngine, serverOptions, talk } from './pair.ts';

const directory = join(import.meta.dirname, '../../../test/mbedtls-wasm/corpus');
const kept = JSON.parse(readFileSync(join(directory, 'exports-psk-1.json'), 'utf8')) as Record<string, string>;
const bytes = (name: string): Uint8Array => Uint8Array.from(Buffer.from(kept[name] ?? '', 'hex'));

test('live connections of an older engine go on in this one', () => {
  const engine = makeEngine();
  const server = imported(engine.serverEndpoint(serverOptions).import(bytes('server')));
  const client = imported(engine.clientEndpoint(clientOptions).import(bytes('client')));
  talk({ server, client });
  assert.deepEqual(server.peerIdentity, identity);
  assert.equal(server.suite, 'TLS_PSK_WITH_AES_128_CCM_8');
});

test('sessions of an older engine still resume', () => {
  const engine = makeEngine();
  const sessions = { get: () => bytes('serverSession'), set: () => undefined };
  const server = engine.serverEndpoint({ ...serverOptions, sessions, psk: () => undefined });
  const client = engine.clientEndpoint({ ...clientOptions, psk: { identity, key } });
  const pair = connect(server, client, { session: bytes('clientSession') });
  assert.equal(pair.server.resumed, true);
  talk(pair);
});
