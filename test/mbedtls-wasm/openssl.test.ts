/**
 * OpenSSL's own client and server, with each suite, in a full handshake and in one resumed by session id and by ticket. With
 * certificates both ends have a chain of three, the upper ones with keys on P-384, and each verifies the other's.
 */
import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, test } from 'node:test';
import {
  type ClientEndpointOptions,
  certificateSuites,
  Engine,
  type ServerEndpointOptions,
  type SessionCache,
  type Suite,
  type TicketHandler,
} from 'mbedtls-wasm';
import { readWasm } from 'mbedtls-wasm/read-wasm';
import { hostP256 } from '../../src/host/host-p256.ts';
import { text, utf8 } from './pair.ts';
import { peerCertificates } from './peer-certificates.ts';
import { dial, freePort, Program, portOf, type UdpClient, UdpServer, until } from './udp.ts';

const names: readonly (readonly [Suite, string])[] = [
  ['TLS_PSK_WITH_AES_128_CCM_8', 'PSK-AES128-CCM8'],
  ['TLS_PSK_WITH_AES_128_CCM', 'PSK-AES128-CCM'],
  ['TLS_PSK_WITH_AES_128_GCM_SHA256', 'PSK-AES128-GCM-SHA256'],
  ['TLS_PSK_WITH_AES_256_GCM_SHA384', 'PSK-AES256-GCM-SHA384'],
  ['TLS_PSK_WITH_CHACHA20_POLY1305_SHA256', 'PSK-CHACHA20-POLY1305'],
  ['TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-PSK-CHACHA20-POLY1305'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8', 'ECDHE-ECDSA-AES128-CCM8'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_CCM', 'ECDHE-ECDSA-AES128-CCM'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
  ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
  ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
];
const identity = 'meter-17';
const key = randomFillSync(new Uint8Array(16));
const hexKey = Buffer.from(key).toString('hex');
const isInstalled = (process.env['PATH'] ?? '').split(delimiter).some((path) => existsSync(join(path, 'openssl')));
const skip = isInstalled ? false : 'openssl is not installed';
const directory = mkdtempSync(join(tmpdir(), 'mbedtls-wasm-openssl-'));
after(() => rmSync(directory, { recursive: true }));

const engine = Engine.instantiate(readWasm(), {
  random: (into) => void randomFillSync(into),
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  p256: hostP256,
});

const peer = peerCertificates(directory, identity);
const { certificates } = peer;

const wantsCertificates = (suite: Suite): boolean => certificateSuites.includes(suite);

function serverCredentials(suite: Suite): Partial<ServerEndpointOptions> {
  return wantsCertificates(suite) ? { certificates } : { psk: (named) => (text(named) === identity ? key : undefined) };
}

function clientCredentials(suite: Suite): Partial<ClientEndpointOptions> {
  return wantsCertificates(suite) ? { certificates } : { psk: { identity: utf8(identity), key } };
}

/** The options of OpenSSL's programs that say the same of the other end. */
function credentialWords(suite: Suite, program: 's_client' | 's_server'): string[] {
  if (!wantsCertificates(suite)) {
    return [...(program === 's_server' ? ['-nocert'] : []), '-psk_identity', identity, '-psk', hexKey];
  }
  const own = ['-cert', peer.certificateFile, '-key', peer.keyFile, '-cert_chain', peer.middleFile];
  const verify = program === 's_server' ? '-Verify' : '-verify';
  return [...own, '-CAfile', peer.rootFile, '-verify_return_error', verify, '3'];
}

for (const [suite, cipher] of names) {
  for (const how of ['session id', 'ticket'] as const) {
    test(`openssl s_client, ${cipher}, full and by ${how}`, { skip }, () => withClient(suite, cipher, how));
    test(`openssl s_server, ${cipher}, full and by ${how}`, { skip }, () => withServer(suite, cipher, how));
  }
}

/** An 8-byte tag counts as 64 bits, which OpenSSL takes at its lowest level alone. */
const cipherWords = (cipher: string): string[] => ['-dtls1_2', '-cipher', `${cipher}:@SECLEVEL=0`];

async function withClient(suite: Suite, cipher: string, how: 'session id' | 'ticket'): Promise<void> {
  const endpoint = engine.serverEndpoint({
    suites: [suite],
    connectionIdLength: 0,
    ...serverCredentials(suite),
    ...(how === 'session id' ? { sessions: cache() } : { tickets }),
  });
  const server = await UdpServer.start(endpoint, (plaintext) => utf8(text(plaintext).toUpperCase()));
  const session = join(directory, `${cipher}-${how.replace(' ', '-')}.pem`);
  const to = ['s_client', ...cipherWords(cipher), '-connect', `127.0.0.1:${portOf(server.socket)}`];
  const words = [...to, ...credentialWords(suite, 's_client'), ...(how === 'session id' ? ['-no_ticket'] : [])];
  try {
    for (const file of [
      ['-sess_out', session],
      ['-sess_in', session],
    ]) {
      const client = new Program('openssl', [...words, ...file]);
      try {
        await client.says(/^(New|Reused), TLSv1\.2/m);
        client.say('hello\n');
        await client.says(/HELLO/);
      } finally {
        await client.stop();
      }
      assert.match(client.text, /Extended master secret: yes/);
      assert.deepEqual(server.met, { suite, resumed: file[0] === '-sess_in' });
      assert.match(client.text, file[0] === '-sess_in' ? /^Reused, TLSv1\.2/m : /^New, TLSv1\.2/m);
    }
  } finally {
    server.close();
    endpoint.free();
  }
}

async function withServer(suite: Suite, cipher: string, how: 'session id' | 'ticket'): Promise<void> {
  const port = await freePort();
  // After its first peer this server hears no other: its socket is connected to that one's address.
  const ownPort = await freePort();
  const at = ['s_server', ...cipherWords(cipher), '-accept', `127.0.0.1:${port}`, '-listen'];
  const words = [...at, ...credentialWords(suite, 's_server'), ...(how === 'session id' ? ['-no_ticket'] : [])];
  const server = new Program('openssl', words);
  const endpoint = engine.clientEndpoint({
    suites: [suite],
    ...clientCredentials(suite),
    tickets: how === 'ticket',
    handshakeTimeoutMs: { min: 200, max: 2_000 },
  });
  const exchange = async (client: UdpClient): Promise<Uint8Array | undefined> => {
    const from = server.text.length;
    client.send(utf8('to the server\n'));
    await server.says(/to the server/, from);
    server.say('to the client\n');
    await until(
      () => client.plaintexts.some((plaintext) => text(plaintext) === 'to the client\n'),
      'the answer is there',
    );
    assert.equal(client.connection.suite, suite);
    return client.connection.exportSession();
  };
  try {
    await server.says(/ACCEPT/);
    const session = await dial(endpoint, port, ownPort, undefined, exchange);
    assert.ok(session);
    await server.says(/^(DONE|CONNECTION CLOSED)/m);
    await dial(endpoint, port, ownPort, session, async (client) => {
      assert.equal(client.connection.resumed, true);
      await exchange(client);
    });
  } finally {
    await server.stop();
  }
  endpoint.free();
}

function cache(): SessionCache {
  const sessions = new Map<string, Uint8Array>();
  return { get: (id) => sessions.get(String(id)), set: (id, session) => void sessions.set(String(id), session) };
}

const tickets: TicketHandler = { lifetimeSeconds: 60, seal: (session) => session, open: (ticket) => ticket };
