/** Every datagram of a handshake lost, doubled or late, one at a time and in pairs, at every size of path. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CertificateOptions, ClientEndpointOptions, ServerEndpointOptions } from 'mbedtls-wasm';
import { certificateSuite, certificatesOf, keptCertificate } from './certificate-pair.ts';
import { handshakeOver, type LinkEnds, type LinkResult, type LinkRule } from './link.ts';
import { clientOptions, generator, makeEngine, serverOptions, talk } from './pair.ts';
import { seededP256 } from './seeded-p256.ts';

const mtus = [256, 257, 300, 384, 512, 768, 1_024, 1_280, 1_499, 1_500];
const kinds = ['full', 'by session id', 'by ticket', 'full, with certificates'] as const;
type Kind = (typeof kinds)[number];
const latencyMs = 20;
const arrives: LinkRule = () => [latencyMs];

for (const kind of kinds) {
  test(`a handshake (${kind}) survives the loss, repetition and delay of each of its datagrams, MTU 256 to 1,500`, () => {
    for (const mtu of mtus) {
      const ends = endsOf(kind, mtu);
      const { length } = checked(kind, handshakeOver(ends, arrives), mtu).sent;
      for (let position = 0; position < length; position++) {
        for (const rule of harms(position)) checked(kind, handshakeOver(ends, rule), mtu);
      }
    }
  });
}

test('a handshake survives the loss of any two of its datagrams', () => {
  for (const kind of kinds) {
    const ends = endsOf(kind, 256);
    const { length } = checked(kind, handshakeOver(ends, arrives), 256).sent;
    for (let first = 0; first < length; first++) {
      for (let second = first + 1; second < length + 3; second++) {
        const rule: LinkRule = (at) => (at === first || at === second ? [] : [latencyMs]);
        checked(kind, handshakeOver(ends, rule), 256);
      }
    }
  }
});

test('handshakes get through a link that loses, repeats and reorders at random', () => {
  const next = generator(31);
  const bad: LinkRule = () => {
    const delays = next() < 0.2 ? [] : [next() * 300];
    return next() < 0.1 ? [...delays, next() * 3_000] : delays;
  };
  for (const kind of kinds) {
    const ends = endsOf(kind, 256);
    let done = 0;
    for (let run = 0; run < 100; run++) {
      const result = handshakeOver(ends, bad);
      if (result.established) done += 1;
      free(result);
    }
    assert.ok(done >= 98, `${done} of 100 (${kind}) were completed`);
  }
});

/** One datagram lost, doubled at once, doubled late, late by less than a time-out, and by more. */
function harms(position: number): LinkRule[] {
  const at =
    (delays: readonly number[]): LinkRule =>
    (sent) =>
      sent === position ? delays : [latencyMs];
  return [at([]), at([latencyMs, latencyMs]), at([latencyMs, 5_000]), at([latencyMs + 70]), at([4_500])];
}

/** Both ends are established, of the kind that was asked for, within the path's size, and talk. */
function checked(kind: Kind, result: LinkResult, mtu: number): LinkResult {
  const { client, server, established, sent } = result;
  assert.ok(established && server !== undefined, `${kind}, MTU ${mtu}: not established after ${sent.length} datagrams`);
  assert.equal(client.resumed, !kind.startsWith('full'));
  for (const datagram of sent) {
    const isClientHello = datagram[13] === 1 && datagram[3] === 0 && datagram[4] === 0;
    assert.ok(isClientHello || datagram.length <= mtu, `a datagram of ${datagram.length} bytes at MTU ${mtu}`);
  }
  talk({ client, server });
  free(result);
  return result;
}

function free(result: LinkResult): void {
  result.client.free();
  result.server?.free();
}

function endsOf(kind: Kind, mtu: number): LinkEnds {
  const clock = { monotonicMs: 0, wallMs: 0 };
  const engine = makeEngine(mtu, clock, seededP256(mtu));
  const server: ServerEndpointOptions = { ...serverOptions, mtu };
  const client: ClientEndpointOptions = { ...clientOptions, mtu, tickets: kind === 'by ticket' };
  const store = new Map<string, Uint8Array>();
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  if (kind === 'by session id')
    server.sessions = { get: (id) => store.get(hex(id)), set: (id, session) => void store.set(hex(id), session) };
  if (kind === 'by ticket')
    server.tickets = { lifetimeSeconds: 60, seal: (session) => session, open: (ticket) => ticket };
  if (kind === 'full, with certificates') {
    Object.assign(server, { suites: [certificateSuite], certificates: withAuthority('server') });
    Object.assign(client, { suites: [certificateSuite], certificates: withAuthority('client') });
  }
  const ends: LinkEnds = {
    clock,
    serverEndpoint: engine.serverEndpoint(server),
    clientEndpoint: engine.clientEndpoint(client),
  };
  if (kind.startsWith('full')) return ends;
  const first = handshakeOver(ends, arrives);
  const session = first.client.exportSession();
  free(first);
  return { ...ends, session };
}

/** The authority comes along, so that there is more to get across. */
function withAuthority(end: 'server' | 'client'): CertificateOptions {
  return { ...certificatesOf(end), chain: [keptCertificate(end), keptCertificate('authority')] };
}
