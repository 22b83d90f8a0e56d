/**
 * libcoap's client and server, in the builds with OpenSSL and with GnuTLS, with each suite that they have. Its client makes one
 * handshake a run. Its server is offered a session every time: what it takes up is `howServersResume`.
 */
import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, test } from 'node:test';
import { certificateSuites, Engine, pskSuites, type Suite } from 'mbedtls-wasm';
import { readWasm } from 'mbedtls-wasm/read-wasm';
import { hostP256 } from '../../src/host/host-p256.ts';
import { text, utf8 } from './pair.ts';
import { peerCertificates } from './peer-certificates.ts';
import { dial, freePort, Program, portOf, type UdpClient, UdpServer, until } from './udp.ts';

const builds = ['openssl', 'gnutls'] as const;
const hows = ['session id', 'ticket'] as const;
type How = (typeof hows)[number];
/**
 * The server with GnuTLS keeps no sessions. The one with OpenSSL names no context for those of clients with certificates: it
 * takes none up by its id, and answers a ticket with the alert internal_error.
 */
const howServersResume = (program: string, suite: Suite, how: How): 'resumed' | 'full' | 'fails' => {
  if (program !== 'coap-server-openssl') return 'full';
  if (!wantsCertificates(suite)) return 'resumed';
  return how === 'ticket' ? 'fails' : 'full';
};
const identity = 'meter-17';
const pingEveryMs = 50;
const key = 'a-key-of-20-bytes-xy';
const paths = (process.env['PATH'] ?? '').split(delimiter);
const directory = mkdtempSync(join(tmpdir(), 'mbedtls-wasm-libcoap-'));
after(() => rmSync(directory, { recursive: true }));
const peer = peerCertificates(directory, identity);
/** Its programs with OpenSSL send no more than their own certificate: the one above is trusted as well. */
const certificates = { ...peer.certificates, trustAnchors: [...peer.certificates.trustAnchors, peer.middle] };
const wantsCertificates = (suite: Suite): boolean => certificateSuites.includes(suite);
/** The options of its programs: their chain, and what ours has to end in. */
const certificateWords = ['-c', peer.chainFile, '-j', peer.keyFile, '-C', peer.rootFile];
const isInstalled = (name: string): boolean => paths.some((path) => existsSync(join(path, name)));

const engine = Engine.instantiate(readWasm(), {
  random: (into) => void randomFillSync(into),
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  p256: hostP256,
});

for (const build of builds) {
  for (const role of ['client', 'server'] as const) {
    const program = `coap-${role}-${build}`;
    const skip = isInstalled(program) ? false : `${program} is not installed`;
    for (const suite of [...pskSuites, ...certificateSuites]) {
      if (role === 'client') test(`${program}, ${suite}`, { skip }, () => withClient(program, suite));
      else
        for (const how of hows) test(`${program}, ${suite}, ${how}`, { skip }, () => withServer(program, suite, how));
    }
  }
}

async function withClient(program: string, suite: Suite): Promise<void> {
  const endpoint = engine.serverEndpoint({
    suites: [suite],
    connectionIdLength: 0,
    psk: (named) => (text(named) === identity ? utf8(key) : undefined),
    certificates,
  });
  const server = await UdpServer.start(endpoint, contentFor);
  const url = `coaps://127.0.0.1:${portOf(server.socket)}/x`;
  const credentials = wantsCertificates(suite) ? certificateWords : ['-u', identity, '-k', key];
  const client = new Program(program, ['-m', 'get', '-B', '4', ...credentials, url]);
  try {
    await client.says(/the content/);
    assert.equal(server.met?.suite, suite);
  } finally {
    await client.stop();
    server.close();
    endpoint.free();
  }
}

async function withServer(program: string, suite: Suite, how: How): Promise<void> {
  const port = await freePort();
  const credentials = wantsCertificates(suite) ? certificateWords : ['-k', key];
  const server = new Program(program, ['-A', '127.0.0.1', '-p', String(port), ...credentials]);
  const endpoint = engine.clientEndpoint({
    suites: [suite],
    psk: { identity: utf8(identity), key: utf8(key) },
    certificates,
    tickets: how === 'ticket',
    handshakeTimeoutMs: { min: 200, max: 6_400 },
  });
  const expected = howServersResume(program, suite, how);
  // Its DTLS listens one port higher.
  let sessionOfLast: Uint8Array | undefined;
  const ask = (session?: Uint8Array): Promise<boolean> =>
    dial(endpoint, port + 1, 0, session, async (client) => {
      assert.equal(client.connection.suite, suite);
      await ping(client);
      sessionOfLast = client.connection.exportSession();
      return client.connection.resumed;
    });
  try {
    assert.equal(await ask(), false);
    if (expected === 'fails') await assert.rejects(ask(sessionOfLast), /alert 80/);
    else assert.equal(await ask(sessionOfLast), expected === 'resumed');
  } finally {
    await server.stop();
  }
  endpoint.free();
}

/** A CoAP ping and its Reset (RFC 7252 section 4.3). One that comes on the heels of Finished is sometimes lost on the server. */
async function ping(client: UdpClient): Promise<void> {
  const timer = setInterval(() => client.send(Uint8Array.of(0x40, 0, 0x12, 0x34)), pingEveryMs);
  try {
    await until(() => client.plaintexts.length > 0, 'the ping is answered');
  } finally {
    clearInterval(timer);
  }
  assert.deepEqual(client.plaintexts[0], Uint8Array.of(0x70, 0, 0x12, 0x34));
}

/** 2.05 in an acknowledgement, with the request's message ID and token. */
function contentFor(request: Uint8Array): Uint8Array {
  const tokenLength = (request[0] ?? 0) & 15;
  const head = Uint8Array.of(0x60 | tokenLength, 0x45, ...request.subarray(2, 4 + tokenLength), 0xff);
  return Uint8Array.from([...head, ...utf8('the content')]);
}
