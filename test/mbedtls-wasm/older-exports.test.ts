/** What an older engine exported: an upgrade must not cost a device its connection, nor its resumption. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { certificateClient, certificateServer, clientName, serverName } from './certificate-pair.ts';
import { clientOptions, connect, identity, imported, key, makeEngine, serverOptions, talk } from './pair.ts';

const directory = join(import.meta.dirname, '../../../test/mbedtls-wasm/corpus');
const kept = (name: string): ((of: string) => Uint8Array) => {
  const exports = JSON.parse(readFileSync(join(directory, `${name}.json`), 'utf8')) as Record<string, string>;
  return (of) => Uint8Array.from(Buffer.from(exports[of] ?? '', 'hex'));
};
/** From an engine that knew no certificates. */
const withKey = kept('exports-psk-1');
const withCertificate = kept('exports-certificate-2');

test('live connections of an older engine go on in this one', () => {
  const engine = makeEngine();
  const server = imported(engine.serverEndpoint(serverOptions).import(withKey('server')), 0);
  const client = imported(engine.clientEndpoint(clientOptions).import(withKey('client')), 0);
  assert.deepEqual(server.export(), withKey('server'), 'the form is the same: the older engine could go on as well');
  assert.deepEqual(client.export(), withKey('client'));
  talk({ server, client });
  assert.deepEqual(server.peerIdentity, identity);
  assert.equal(server.peerCertificate, undefined);
  assert.equal(server.suite, 'TLS_PSK_WITH_AES_128_CCM_8');
});

test('sessions of an older engine still resume', () => {
  const engine = makeEngine();
  const sessions = { get: () => withKey('serverSession'), set: () => undefined };
  const server = engine.serverEndpoint({ ...serverOptions, sessions, psk: () => undefined });
  const client = engine.clientEndpoint({ ...clientOptions, psk: { identity, key } });
  const pair = connect(server, client, { session: withKey('clientSession') });
  assert.equal(pair.server.resumed, true);
  talk(pair);
});

test('so do connections and sessions with certificates', () => {
  const engine = makeEngine();
  const sessions = { get: () => withCertificate('serverSession'), set: () => undefined };
  const server = engine.serverEndpoint({ ...serverOptions, ...certificateServer, sessions });
  const client = engine.clientEndpoint({ ...clientOptions, ...certificateClient });
  const live = {
    server: imported(server.import(withCertificate('server'))),
    client: imported(client.import(withCertificate('client'))),
  };
  const resumed = connect(server, client, { session: withCertificate('clientSession') });
  assert.equal(resumed.server.resumed, true);
  for (const pair of [live, resumed]) {
    talk(pair);
    assert.deepEqual(pair.server.peerCertificate?.identity, clientName);
    assert.deepEqual(pair.client.peerCertificate?.identity, serverName);
  }
});
