/** Handshakes with a pre-shared key: every suite, cookies, connection IDs, and the ways in which one fails. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ClientEndpointOptions, pskSuites } from 'mbedtls-wasm';
import {
  carry,
  clientOptions,
  establish,
  firstDatagram,
  freePair,
  identity,
  key,
  makeEngine,
  seal,
  serverConnectionId,
  serverOptions,
  settle,
  talk,
  text,
  transportId,
  utf8,
} from './pair.ts';

for (const suite of pskSuites) {
  test(`a handshake with ${suite} carries data both ways`, () => {
    const pair = establish({ server: { suites: [suite] }, client: { suites: [suite] } });
    assert.equal(pair.server.suite, suite);
    assert.equal(pair.client.suite, suite);
    assert.deepEqual(pair.server.peerIdentity, identity);
    assert.equal(pair.server.resumed, false);
    assert.equal(pair.server.finalFlightPending, true);
    talk(pair);
    assert.equal(pair.server.finalFlightPending, false);
    freePair(pair);
  });
}

test('the server takes its own preference of suites', () => {
  const pair = establish({
    server: { suites: ['TLS_PSK_WITH_AES_128_GCM_SHA256', 'TLS_PSK_WITH_AES_128_CCM_8'] },
    client: { suites: ['TLS_PSK_WITH_AES_128_CCM_8', 'TLS_PSK_WITH_AES_128_GCM_SHA256'] },
  });
  assert.ok(pair.server.suite !== undefined && pair.server.suite === pair.client.suite);
  freePair(pair);
});

test('a key of 64 bytes works, one of 65 is refused', () => {
  const long = new Uint8Array(64).fill(9);
  const pair = establish({ server: { psk: () => long }, client: { psk: { identity, key: long } } });
  talk(pair);
  freePair(pair);
  const tooLong = new Uint8Array(65);
  assert.throws(
    () => establish({ client: { psk: { identity, key: tooLong } } }),
    /RangeError: a key has 1 to 64 bytes/,
  );
  assert.throws(() => establish({ server: { psk: () => tooLong } }), /RangeError: a key has 1 to 64 bytes/);
});

test('options that cannot be are told as such', () => {
  const client = (options: Partial<ClientEndpointOptions>) =>
    makeEngine().clientEndpoint({ ...clientOptions, ...options });
  const long = new Uint8Array(256);
  assert.throws(() => client({ psk: { identity: long, key } }), /RangeError: the identity of a key has 1 to 255 bytes/);
  assert.throws(() => client({ connectionIdLength: 1.5 }), /RangeError: a connection ID has 0 to 32 bytes/);
  assert.throws(() => client({ connectionIdLength: 3 }).connect(), /RangeError: .* endpoint has 3 bytes/);
  assert.throws(() => client({}).connect({ connectionId: long }), /RangeError: .* endpoint has 0 bytes/);
  const keyless = makeEngine().clientEndpoint({ suites: clientOptions.suites });
  assert.throws(() => keyless.connect(), /RangeError: suites with a pre-shared key need `psk`/);
});

test('the client writes the server connection ID, and both know it', () => {
  const pair = establish();
  assert.deepEqual(pair.server.ownConnectionId, serverConnectionId);
  assert.deepEqual(pair.server.peerConnectionId, new Uint8Array(0));
  assert.deepEqual(pair.client.peerConnectionId, serverConnectionId);
  const record = seal(pair.client, 'hello');
  assert.equal(record[0], 25);
  assert.deepEqual(record.subarray(11, 19), serverConnectionId);
  assert.equal(seal(pair.server, 'hello')[0], 23);
});

test('connection IDs go both ways', () => {
  const clientConnectionId = Uint8Array.of(9, 9, 9);
  const pair = establish({ client: { connectionIdLength: 3 }, clientConnectionId });
  assert.deepEqual(pair.server.peerConnectionId, clientConnectionId);
  assert.deepEqual(pair.client.ownConnectionId, clientConnectionId);
  assert.equal(seal(pair.server, 'hello')[0], 25);
  talk(pair);
});

test('the longest record travels behind the longest connection IDs', () => {
  const long = new Uint8Array(32).fill(3);
  const pair = establish({
    server: { connectionIdLength: 32 },
    client: { connectionIdLength: 32 },
    connectionId: long,
    clientConnectionId: long,
  });
  for (const [from, to] of [
    [pair.server, pair.client],
    [pair.client, pair.server],
  ] as const) {
    const longest = from.plaintextBytesMax;
    assert.equal(to.receive(seal(from, new Uint8Array(longest))).plaintexts[0]?.length, longest);
  }
});

test('the same seed gives the same bytes', () => {
  const sealed = [makeEngine(8), makeEngine(8), makeEngine(9)].map((engine) => seal(establish({ engine }).client, 'x'));
  assert.deepEqual(sealed[0], sealed[1]);
  assert.notDeepEqual(sealed[0], sealed[2]);
});

test('a ClientHello that is sent again brings the flight again, its copy nothing', () => {
  const clock = { monotonicMs: 0, wallMs: 0 };
  const engine = makeEngine(1, clock);
  const endpoint = engine.serverEndpoint(serverOptions);
  const client = engine.clientEndpoint(clientOptions).connect();
  const check = endpoint.checkClientHello(transportId, firstDatagram(client.start()));
  assert.ok(check.kind === 'verify');
  const hello = firstDatagram(client.receive(check.datagram));
  const server = endpoint.accept({ transportId, connectionId: serverConnectionId });
  assert.equal(server.receive(hello).datagrams.length, 1);
  assert.deepEqual(server.receive(hello).datagrams, []);
  clock.monotonicMs = client.nextTimeoutAtMs ?? 0;
  const repeated = firstDatagram(client.timeout());
  assert.ok(server.receive(repeated).datagrams.length >= 1);
});

test('a datagram that comes after its time-out was due is read all the same', () => {
  const clock = { monotonicMs: 0, wallMs: 0 };
  const engine = makeEngine(1, clock);
  const endpoint = engine.serverEndpoint(serverOptions);
  const client = engine.clientEndpoint(clientOptions).connect();
  const check = endpoint.checkClientHello(transportId, firstDatagram(client.start()));
  assert.ok(check.kind === 'verify');
  clock.monotonicMs = 1_500;
  const sent = client.receive(check.datagram).datagrams;
  const last = sent.at(-1);
  assert.ok(sent.length === 2 && last, 'the time-out is served, then the datagram');
  assert.equal(endpoint.checkClientHello(transportId, last).kind, 'valid');
});

test('without an offer of the client there are no connection IDs', () => {
  const pair = establish({ client: { connectionId: false } });
  assert.equal(pair.server.ownConnectionId, undefined);
  assert.equal(pair.client.peerConnectionId, undefined);
  talk(pair);
});

test('a cookie is good for its sender and its minute alone', () => {
  const clock = { monotonicMs: 0, wallMs: 0 };
  const engine = makeEngine(1, clock);
  const endpoint = engine.serverEndpoint(serverOptions);
  const client = engine.clientEndpoint(clientOptions).connect();
  const check = endpoint.checkClientHello(transportId, firstDatagram(client.start()));
  assert.ok(check.kind === 'verify');
  const hello = firstDatagram(client.receive(check.datagram));
  assert.equal(endpoint.checkClientHello(transportId, hello).kind, 'valid');
  assert.equal(endpoint.checkClientHello(utf8('198.51.100.1:1'), hello).kind, 'verify');
  clock.wallMs += 3_600_000;
  assert.equal(endpoint.checkClientHello(transportId, hello).kind, 'valid');
  clock.monotonicMs += 62_000;
  assert.equal(endpoint.checkClientHello(transportId, hello).kind, 'verify');
});

test('what is no whole ClientHello is dropped', () => {
  const engine = makeEngine();
  const endpoint = engine.serverEndpoint(serverOptions);
  const hello = firstDatagram(engine.clientEndpoint(clientOptions).connect().start());
  const fragment = hello.slice();
  fragment[24] = (fragment[24] ?? 0) - 1;
  const second = hello.slice();
  second[21] = 1;
  const epochOne = hello.slice();
  epochOne[4] = 1;
  const noHello = hello.slice();
  noHello[13] = 16;
  const before = engine.linearMemoryBytes;
  for (const datagram of [fragment, second, epochOne, noHello, hello.slice(0, -1), hello.slice(0, 60), utf8('junk')]) {
    assert.equal(endpoint.checkClientHello(transportId, datagram).kind, 'drop');
  }
  assert.equal(endpoint.checkClientHello(transportId, new Uint8Array(5_000)).kind, 'drop');
  assert.equal(engine.linearMemoryBytes, before);
});

test('an unknown identity, a wrong key and no common suite are told apart', () => {
  const outcomes = [
    failure({ psk: { identity: utf8('nobody'), key } }),
    failure({ psk: { identity, key: utf8('fedcba9876543210') } }),
    failure({ suites: ['TLS_PSK_WITH_AES_128_GCM_SHA256'] }),
  ];
  assert.deepEqual(
    outcomes.map((outcome) => outcome.kind),
    ['unknown-identity', 'wrong-key', 'no-common-suite'],
  );
  assert.deepEqual(
    outcomes.map((outcome) => outcome.claimed),
    ['nobody', 'meter-17', undefined],
  );
});

test('a lost final flight is sent again when the client asks', () => {
  const engine = makeEngine();
  const pair = establish({ engine });
  const clock = { monotonicMs: 0, wallMs: 0 };
  const second = makeEngine(2, clock);
  const endpoint = second.serverEndpoint(serverOptions);
  const client = second.clientEndpoint(clientOptions).connect();
  const check = endpoint.checkClientHello(transportId, firstDatagram(client.start()));
  assert.ok(check.kind === 'verify');
  const server = endpoint.accept({ transportId, connectionId: serverConnectionId });
  const flight = server.receive(firstDatagram(client.receive(check.datagram)));
  const finished = flight.datagrams.flatMap((datagram) => client.receive(datagram).datagrams);
  const lost = finished.map((datagram) => server.receive(datagram));
  assert.equal(lost.at(-1)?.established, true);
  assert.equal(client.established, false);
  const due = client.nextTimeoutAtMs;
  assert.ok(due !== undefined);
  clock.monotonicMs = due;
  settle(server, client, undefined, client.timeout());
  assert.equal(client.established, true);
  carry(client, server, 'after all');
  freePair(pair);
});

test('a handshake without an answer ends in a time-out', () => {
  const clock = { monotonicMs: 0, wallMs: 0 };
  const client = makeEngine(1, clock).clientEndpoint(clientOptions).connect();
  client.start();
  let sent = 0;
  for (;;) {
    const due = client.nextTimeoutAtMs;
    assert.ok(due !== undefined);
    clock.monotonicMs = due;
    const progress = client.timeout();
    if (progress.ended) {
      assert.equal(progress.ended.kind, 'timeout');
      break;
    }
    sent += progress.datagrams.length;
  }
  assert.equal(sent, 6);
  assert.equal(client.nextTimeoutAtMs, undefined);
});

test('close_notify ends both ends', () => {
  const pair = establish();
  const progress = pair.server.receive(firstDatagram(pair.client.close()));
  assert.equal(progress.ended?.kind, 'close-notify');
  assert.equal(progress.authenticated, true);
  assert.ok(pair.client.seal(utf8('more')) instanceof Error);
  assert.ok(pair.server.receive(utf8('anything')).ended);
  freePair(pair);
});

/** What the server reports of a handshake with a client that is not configured as it should be. */
function failure(client: Partial<typeof clientOptions>): { kind: string | undefined; claimed: string | undefined } {
  const engine = makeEngine();
  const endpoint = engine.serverEndpoint(serverOptions);
  const connection = engine.clientEndpoint({ ...clientOptions, ...client }).connect();
  const check = endpoint.checkClientHello(transportId, firstDatagram(connection.start()));
  assert.ok(check.kind === 'verify');
  const server = endpoint.accept({ transportId, connectionId: serverConnectionId });
  const toServer = [firstDatagram(connection.receive(check.datagram))];
  for (;;) {
    const datagram = toServer.shift();
    assert.ok(datagram, 'the handshake neither failed nor went on');
    const progress = server.receive(datagram);
    const error = progress.ended ?? (progress.dropped?.kind === 'wrong-key' ? progress.dropped : undefined);
    if (error) return { kind: error.kind, claimed: server.peerIdentity && text(server.peerIdentity) };
    for (const answer of progress.datagrams) toServer.push(...connection.receive(answer).datagrams);
  }
}
