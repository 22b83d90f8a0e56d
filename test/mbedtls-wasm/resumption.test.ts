/** Abbreviated handshakes by session id and by ticket, also over a restart of the server on a board without a clock. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Connection, Engine, ServerEndpoint, SessionCache, TicketHandler } from 'mbedtls-wasm';
import { sessionPeerIdentity } from 'mbedtls-wasm';
import {
  connect,
  establish,
  firstDatagram,
  generator,
  identity,
  makeEngine,
  type Pair,
  serverConnectionId,
  serverOptions,
  settle,
  talk,
  transportId,
} from './pair.ts';

const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('a session id resumes without a look-up of the key', () => {
  const sessions = cache();
  const pair = establish({ server: { sessions } });
  assert.equal(sessions.kept.size, 1);
  const session = sessionOf(pair);
  const again = connect(neverAsked(pair.engine, { sessions }), pair.clientEndpoint, { session });
  expectResumed(again);
});

test('a ticket resumes with an empty cache', () => {
  const engine = makeEngine();
  const tickets = ticketKeys(engine);
  const pair = establish({ engine, server: { tickets }, client: { tickets: true } });
  const session = sessionOf(pair);
  const again = connect(neverAsked(engine, { tickets }), pair.clientEndpoint, { session });
  expectResumed(again);
});

test('both still resume after a restart that finds the clock in 1970', () => {
  const before = makeEngine(1, { monotonicMs: 5_000, wallMs: 1_790_000_000_000 });
  const sessions = cache();
  const byId = establish({ engine: before, server: { sessions } });
  const byTicket = establish({ engine: before, server: { tickets: ticketKeys(before) }, client: { tickets: true } });

  const after = makeEngine(2, { monotonicMs: 0, wallMs: 0 });
  const endpoint = neverAsked(after, { sessions, tickets: ticketKeys(after) });
  expectResumed(connect(endpoint, byId.clientEndpoint, { session: sessionOf(byId) }));
  expectResumed(connect(endpoint, byTicket.clientEndpoint, { session: sessionOf(byTicket) }));
});

test('a session of a connection that was imported resumes too', () => {
  const sessions = cache();
  const pair = establish({ server: { sessions } });
  const copy = pair.clientEndpoint.import(pair.client.export());
  assert.ok(!(copy instanceof Error));
  const session = copy.exportSession();
  assert.ok(session);
  expectResumed(connect(neverAsked(pair.engine, { sessions }), pair.clientEndpoint, { session }));
});

test('an unknown session or ticket falls back to a full handshake', () => {
  const engine = makeEngine();
  const pair = establish({ engine, server: { tickets: ticketKeys(engine) }, client: { tickets: true } });
  const session = sessionOf(pair);
  const endpoint = engine.serverEndpoint({ ...serverOptions, tickets: ticketKeys(engine, 9), sessions: cache() });
  const again = connect(endpoint, pair.clientEndpoint, { session });
  assert.equal(again.server.resumed, false);
  assert.deepEqual(again.server.peerIdentity, identity);
  talk(again);
});

test('a session that is damaged is ignored', () => {
  const sessions = cache();
  const pair = establish({ server: { sessions } });
  for (const [id, session] of sessions.kept) sessions.kept.set(id, session.slice(0, -1));
  const again = connect(pair.serverEndpoint, pair.clientEndpoint, { session: sessionOf(pair) });
  assert.equal(again.server.resumed, false);
  const broken = connect(pair.serverEndpoint, pair.clientEndpoint, { session: sessionOf(pair).slice(3) });
  assert.equal(broken.client.resumed, false);
  talk(broken);
});

test("a client's session is none for a server", () => {
  const pair = establish({ server: { sessions: cache() } });
  const confused = pair.engine.serverEndpoint({
    ...serverOptions,
    sessions: { get: () => sessionOf(pair), set: () => undefined },
  });
  const again = connect(confused, pair.clientEndpoint, { session: sessionOf(pair) });
  assert.equal(again.server.resumed, false);
  talk(again);
});

test('mutated sessions never trap, on either side', () => {
  const sessions = cache();
  const engine = makeEngine();
  const pair = establish({ engine, server: { sessions, tickets: ticketKeys(engine) }, client: { tickets: true } });
  const byId = establish({ engine, server: { sessions } });
  const [[id, kept] = []] = sessions.kept;
  assert.ok(id && kept);
  const next = generator(13);
  for (let run = 0; run < 600; run++) {
    sessions.kept.set(id, mutated(kept, next));
    const session = run % 3 === 0 ? mutated(sessionOf(pair), next) : sessionOf(run % 2 === 0 ? byId : pair);
    const client = pair.clientEndpoint.connect({ session });
    const server = serverOf(byId.serverEndpoint, client);
    talkIfEstablished({ server, client });
    server.free();
    client.free();
  }
  talk(pair);
});

test('sessions and tickets are small and name their peer', () => {
  const engine = makeEngine();
  const sizes: number[] = [];
  const inner = ticketKeys(engine);
  const tickets: TicketHandler = {
    ...inner,
    seal: (session) => {
      assert.deepEqual(sessionPeerIdentity(session), identity);
      const ticket = inner.seal(session);
      sizes.push(ticket?.length ?? 0);
      return ticket;
    },
  };
  establish({ engine, server: { tickets }, client: { tickets: true } });
  assert.ok(sizes.length === 1 && (sizes[0] ?? 0) <= 160, `${sizes}`);
  assert.equal(sessionPeerIdentity(Uint8Array.of(1, 2, 3)), undefined);
});

test('a look-up that throws fails the call after it, not the engine', () => {
  const engine = makeEngine();
  const mistake = () => {
    throw new Error('a mistake of the caller');
  };
  assert.throws(() => establish({ engine, server: { psk: mistake } }), /a mistake of the caller/);
  talk(establish({ engine }));
});

test('a look-up that calls a connection or an endpoint is told so, and harms neither', () => {
  const engine = makeEngine();
  const other = establish({ engine });
  const calls = [
    () => void other.server.seal(Uint8Array.of(1)),
    () => void other.server.receive(Uint8Array.of(22)),
    () => void other.serverEndpoint.import(Uint8Array.of(1)),
    () => void other.clientEndpoint.connect(),
    () => void other.client.close(),
  ];
  for (const call of calls) {
    const psk = (): undefined => void call();
    assert.throws(() => establish({ engine, server: { psk } }), /a look-up must not call/);
    talk(other);
  }
  talk(establish({ engine }));
});

/** The server's end of a handshake that may fail. */
function serverOf(endpoint: ServerEndpoint, client: Connection): Connection {
  const check = endpoint.checkClientHello(transportId, firstDatagram(client.start()));
  assert.ok(check.kind === 'verify');
  const server = endpoint.accept({ transportId, connectionId: serverConnectionId });
  settle(server, client, undefined, client.receive(check.datagram));
  return server;
}

/** A changed master secret makes the handshake fail, anything else must not. */
function talkIfEstablished(both: { server: Connection; client: Connection }): void {
  if (both.server.established && both.client.established) talk(both);
}

function mutated(bytes: Uint8Array, next: () => number): Uint8Array {
  const changed = bytes.slice(0, next() < 0.2 ? Math.floor(next() * bytes.length) : bytes.length);
  if (changed.length > 0) changed[Math.floor(next() * changed.length)] = next() * 256;
  return changed;
}

function cache(): SessionCache & { kept: Map<string, Uint8Array> } {
  const kept = new Map<string, Uint8Array>();
  return { kept, get: (id) => kept.get(toHex(id)), set: (id, session) => void kept.set(toHex(id), session) };
}

/** Tickets sealed with a key that outlives the engine. */
function ticketKeys(engine: Engine, keyByte = 7): TicketHandler {
  const key = new Uint8Array(32).fill(keyByte);
  const none = new Uint8Array(0);
  let count = 0;
  return {
    lifetimeSeconds: 86_400,
    seal: (session) => {
      const nonce = new Uint8Array(12).fill(++count);
      return Uint8Array.of(...nonce, ...engine.aeadSeal(key, nonce, session, none));
    },
    open: (ticket) => engine.aeadOpen(key, ticket.subarray(0, 12), ticket.subarray(12), none),
  };
}

/** A server that must not look a key up. */
function neverAsked(engine: Engine, options: { sessions?: SessionCache; tickets?: TicketHandler }) {
  return engine.serverEndpoint({ ...serverOptions, ...options, psk: () => assert.fail('a key was looked up') });
}

function sessionOf(pair: Pair): Uint8Array {
  const session = pair.client.exportSession();
  assert.ok(session);
  return session;
}

function expectResumed(again: ReturnType<typeof connect>): void {
  assert.equal(again.server.resumed, true);
  assert.equal(again.client.resumed, true);
  assert.deepEqual(again.server.peerIdentity, identity);
  talk(again);
}
