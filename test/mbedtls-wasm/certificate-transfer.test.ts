/** Exports, imports and sessions of connections with certificates: who the peer is comes along, and nothing else changes. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import {
  type Connection,
  type Engine,
  type ServerEndpointOptions,
  type SessionCache,
  sessionHasId,
  sessionPeerCertificate,
  sessionPeerIdentity,
  type TicketHandler,
} from 'mbedtls-wasm';
import {
  certificateClient,
  certificateServer,
  certificateSuite,
  certificatesOf,
  clientName,
  keptCertificate,
  serverName,
} from './certificate-pair.ts';
import {
  carry,
  connect,
  establish,
  generator,
  imported,
  key,
  makeEngine,
  type Pair,
  type PairOptions,
  serverOptions,
  talk,
} from './pair.ts';

const never = (): never => assert.fail('a decision was asked for');
const sha256 = (name: string): Uint8Array =>
  Uint8Array.from(createHash('sha256').update(keptCertificate(name)).digest());
const client = { identity: clientName, sha256: sha256('client') };
const server = { identity: serverName, sha256: sha256('server') };

function ends(options: PairOptions = {}): Pair {
  return establish({
    ...options,
    server: { ...certificateServer, ...options.server },
    client: { ...certificateClient, ...options.client },
  });
}

/** A server that must not ask for a decision. */
function undecided(engine: Engine, options: Partial<ServerEndpointOptions>) {
  const certificates = certificatesOf('server', never);
  return engine.serverEndpoint({ ...serverOptions, suites: [certificateSuite], certificates, ...options });
}

function expectBoth(pair: { server: Connection; client: Connection }): void {
  assert.deepEqual(pair.server.peerCertificate, client);
  assert.deepEqual(pair.client.peerCertificate, server);
  assert.equal(pair.server.peerIdentity, undefined);
  talk(pair);
}

test('both ends go on after export and import, at any moment, and know their peer', () => {
  const pair = ends();
  assert.equal(pair.server.finalFlightPending, true);
  const early = pair.server.export();
  assert.deepEqual(pair.server.export(), early);
  talk(pair);
  assert.ok(pair.server.share());
  const other = makeEngine(2);
  const endpoint = undecided(other, {});
  const copies = {
    server: imported(endpoint.import(early)),
    client: imported(other.clientEndpoint(clientOptions()).import(pair.client.export())),
  };
  copies.server.setReceiveWindow(pair.server.receiveWindow());
  carry(copies.server, copies.client, 'the server speaks first');
  expectBoth(copies);
  const same = imported(endpoint.import(early), 0);
  assert.deepEqual(same.export(), early, 'an export right after import is the same');
  expectBoth(pair);
});

test('session ids and tickets resume without a decision, and know the peer, in 1970 too', () => {
  const before = makeEngine(1);
  const sessions = cache();
  const byId = ends({ engine: before, server: { sessions } });
  const byTicket = ends({ engine: before, server: { tickets }, client: { tickets: true } });
  const after = makeEngine(2, { monotonicMs: 0, wallMs: 0 });
  const endpoint = undecided(after, { sessions, tickets });
  const clientEndpoint = after.clientEndpoint({ ...clientOptions(), tickets: true });
  for (const pair of [byId, byTicket]) {
    const again = connect(endpoint, clientEndpoint, { session: sessionOf(pair.client) });
    assert.ok(again.server.resumed && again.client.resumed);
    expectBoth(again);
    const copy = imported(endpoint.import(again.server.export()));
    assert.deepEqual(copy.peerCertificate, client);
  }
});

test('a session that was made as server serves as client, and still knows the peer', () => {
  const [sessions, theirs] = [cache(), cache()];
  const pair = ends({ server: { sessions } });
  const [[id, kept] = []] = sessions.kept;
  assert.ok(id && kept && sessionHasId(kept) && sessionHasId(sessionOf(pair.client)));
  // The device, as server, finds what it kept as client.
  theirs.kept.set(id, kept);
  const engine = makeEngine(4);
  const device = engine.serverEndpoint({ ...serverOptions, ...certificateServer, sessions: theirs });
  const both = connect(device, engine.clientEndpoint(clientOptions()), { session: kept });
  assert.equal(both.client.resumed, true);
  assert.deepEqual(both.client.peerCertificate, client);
  talk(both);
});

test('a session says whose it is, and is never taken for one with a key', () => {
  const sessions = cache();
  const pair = ends({ server: { sessions } });
  const [kept] = sessions.kept.values();
  assert.ok(kept);
  assert.deepEqual(sessionPeerCertificate(kept), client);
  assert.deepEqual(sessionPeerCertificate(sessionOf(pair.client)), server);
  assert.equal(sessionPeerIdentity(kept), undefined);
  assert.equal(sessionPeerCertificate(kept.slice(0, 40)), undefined);
  const psk = establish({ server: { sessions: cache() } });
  assert.equal(sessionPeerCertificate(sessionOf(psk.client)), undefined);
});

test('a session that is not taken proves nothing about the peer of the handshake that follows', () => {
  const pair = ends({ server: { sessions: cache() } });
  const engine = makeEngine(3);
  const clientEndpoint = engine.clientEndpoint({ ...clientOptions(), suites: [certificateSuite, pskSuite], psk });
  const stranger = engine.serverEndpoint({ ...serverOptions, suites: [pskSuite] });
  const both = connect(stranger, clientEndpoint, { session: sessionOf(pair.client) });
  assert.equal(both.client.resumed, false);
  assert.equal(both.client.peerCertificate, undefined);
  const session = sessionOf(both.client);
  assert.equal(sessionPeerCertificate(session), undefined);
  const copy = imported(clientEndpoint.import(both.client.export()));
  assert.equal(copy.peerCertificate, undefined);
  talk(both);
});

test('mutated exports and sessions never trap', () => {
  const sessions = cache();
  const pair = ends({ server: { sessions } });
  const next = generator(5);
  const [[id, kept] = []] = sessions.kept;
  assert.ok(id && kept);
  const exported = pair.server.export();
  const endpoint = undecided(pair.engine, { sessions });
  for (let run = 0; run < 3_000; run++) {
    const copy = endpoint.import(mutated(exported, next));
    if (!(copy instanceof Error)) copy.free();
  }
  const session = sessionOf(pair.client);
  for (let run = 0; run < 1_000; run++) pair.clientEndpoint.connect({ session: mutated(session, next) }).free();
  for (let run = 0; run < 40; run++) {
    sessions.kept.set(id, mutated(kept, next));
    const both = tried(pair, session);
    both.server.free();
    both.client.free();
  }
  talk(pair);
});

const pskSuite = 'TLS_PSK_WITH_AES_128_CCM_8';
const psk = { identity: clientName, key };
const clientOptions = () => ({
  suites: [certificateSuite],
  certificates: certificatesOf('client', never),
  connectionId: true,
});

/** A handshake that may fail, when a damaged session is resumed with another secret. */
function tried(pair: Pair, session: Uint8Array): { server: Connection; client: Connection } {
  try {
    return connect(pair.serverEndpoint, pair.clientEndpoint, { session });
  } catch (error) {
    if (!(error instanceof assert.AssertionError)) throw error;
    return ends();
  }
}

function mutated(bytes: Uint8Array, next: () => number): Uint8Array {
  const changed = bytes.slice(0, next() < 0.2 ? Math.floor(next() * bytes.length) : bytes.length);
  if (changed.length > 0) changed[Math.floor(next() * changed.length)] = next() * 256;
  return changed;
}

function cache(): SessionCache & { kept: Map<string, Uint8Array> } {
  const kept = new Map<string, Uint8Array>();
  return { kept, get: (id) => kept.get(String(id)), set: (id, session) => void kept.set(String(id), session) };
}

const tickets: TicketHandler = { lifetimeSeconds: 60, seal: (session) => session, open: (ticket) => ticket };

function sessionOf(connection: Connection): Uint8Array {
  const session = connection.exportSession();
  assert.ok(session);
  return session;
}
