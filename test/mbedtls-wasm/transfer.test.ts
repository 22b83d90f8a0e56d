/** Live connections as bytes: export disturbs nothing, import goes on where the export stood, with a raised send sequence. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { DtlsError, pskSuites } from 'mbedtls-wasm';
import {
  carry,
  clientOptions,
  connect,
  establish,
  freePair,
  generator,
  identity,
  imported,
  makeEngine,
  type Pair,
  seal,
  serverConnectionId,
  serverOptions,
  talk,
  text,
} from './pair.ts';

const sequenceMax = 2 ** 48;

for (const suite of pskSuites) {
  test(`both ends go on after export and import with ${suite}`, () => {
    const pair = establish({ server: { suites: [suite] }, client: { suites: [suite] } });
    talk(pair);
    const server = imported(pair.serverEndpoint.import(pair.server.export()));
    const client = imported(pair.clientEndpoint.import(pair.client.export()));
    server.setSendBounds(65_536, sequenceMax);
    client.setSendBounds(100_000_000, sequenceMax);
    assert.equal(server.sendSequence, 65_536);
    assert.equal(client.sendSequence, 100_000_000);
    carry(server, client, 'the server speaks first');
    talk({ server, client });
    assert.deepEqual(server.peerIdentity, identity);
    assert.deepEqual(server.ownConnectionId, serverConnectionId);
    assert.equal(server.suite, suite);
  });
}

test('a connection exported with its final flight unacknowledged goes on in a new engine', () => {
  const pair = establish();
  const exported = pair.server.export();
  const endpoint = makeEngine(99).serverEndpoint(serverOptions);
  const server = imported(endpoint.import(exported));
  assert.equal(server.established, true);
  assert.equal(server.finalFlightPending, false);
  server.setSendBounds(65_536, 131_072);
  talk({ server, client: pair.client });
});

test('an export is small and holds what was asked of it', () => {
  const pair = establish();
  const exported = pair.server.export();
  assert.ok(exported.length <= 260, `${exported.length} bytes`);
  assert.equal(text(exported.subarray(0, 3)), 'HfC');
  assert.deepEqual([...exported.subarray(-10, -8)], [1_280 >> 8, 1_280 & 255], 'the MTU, which mbedTLS leaves to us');
  assert.deepEqual(exported.subarray(-8), digestOf(exported.subarray(0, -8)));
});

test('the send sequence is raised to the floor and never lowered', () => {
  const pair = establish();
  pair.server.setSendBounds(1_000, sequenceMax);
  assert.equal(pair.server.sendSequence, 1_000);
  pair.server.setSendBounds(10, sequenceMax);
  assert.equal(pair.server.sendSequence, 1_000);
  assert.equal(pair.server.sendEpoch, 1);
  assert.throws(() => pair.server.setSendBounds(-1, 5), RangeError);
  assert.throws(() => pair.server.setSendBounds(0, sequenceMax + 2), RangeError);
  talk(pair);
});

test('at the ceiling nothing protected leaves until it is raised', () => {
  const pair = establish();
  talk(pair);
  pair.server.setSendBounds(0, pair.server.sendSequence + 1);
  carry(pair.server, pair.client, 'the last one');
  const refused = pair.server.seal(new Uint8Array(10));
  assert.ok(refused instanceof DtlsError);
  assert.equal(refused.kind, 'send-ceiling');
  assert.equal(pair.server.sendSequence, 3, 'a refused record uses no number up');
  assert.equal(pair.server.receive(seal(pair.client, 'heard')).plaintexts.length, 1);
  pair.server.setSendBounds(0, 100);
  talk(pair);
  pair.server.setSendBounds(0, pair.server.sendSequence);
  assert.deepEqual(pair.server.close().datagrams, [], 'an alert keeps the ceiling too');
});

test('a retransmitted final flight keeps the ceiling', () => {
  const { server, finished, client } = lostFinalFlight();
  server.setSendBounds(0, server.sendSequence);
  const silent = finished.map((datagram) => server.receive(datagram));
  assert.deepEqual(
    silent.flatMap((progress) => progress.datagrams),
    [],
  );
  assert.equal(silent.at(-1)?.dropped?.kind, 'send-ceiling');
  server.setSendBounds(0, 1_000);
  const again = client.timeout().datagrams.flatMap((datagram) => server.receive(datagram).datagrams);
  assert.equal(again.length, 1);
});

test('an imported connection sends nothing before it was given its bounds', () => {
  const pair = establish();
  const server = pair.serverEndpoint.import(pair.server.export());
  assert.ok(!(server instanceof DtlsError));
  assert.deepEqual(server.receive(seal(pair.client, 'heard')).plaintexts.map(text), ['heard']);
  const refused = server.seal(new Uint8Array(1));
  assert.equal(refused instanceof DtlsError && refused.kind, 'send-ceiling');
  server.setSendBounds(1_000, 2_000);
  carry(server, pair.client, 'now');
});

test('records received before an export are refused after its import', () => {
  const pair = establish();
  const records = ['a', 'b', 'c'].map((plaintext) => seal(pair.client, plaintext));
  for (const record of records) assert.equal(pair.server.receive(record).plaintexts.length, 1);
  const server = imported(pair.serverEndpoint.import(pair.server.export()));
  for (const record of records) {
    const progress = server.receive(record);
    assert.deepEqual(progress.plaintexts, []);
    assert.equal(progress.authenticated, false);
    assert.equal(progress.dropped?.kind, 'replay');
  }
});

test('a receive window that is put back keeps out what came after the export', () => {
  const pair = establish();
  talk(pair);
  const exported = pair.server.export();
  const record = seal(pair.client, 'effect');
  pair.server.receive(record);
  const window = pair.server.receiveWindow();
  const naive = imported(pair.serverEndpoint.import(exported));
  assert.deepEqual(naive.receive(record).plaintexts.map(text), ['effect']);
  const careful = imported(pair.serverEndpoint.import(exported));
  careful.setReceiveWindow(window);
  assert.deepEqual(careful.receiveWindow(), window);
  careful.setReceiveWindow(new Uint8Array(16));
  assert.deepEqual(careful.receiveWindow(), window, 'a window is never weakened');
  assert.equal(careful.receive(record).dropped?.kind, 'replay');
  carry(pair.client, careful, 'next');
});

test('what is damaged, foreign or of another meaning is not importable', () => {
  const pair = establish();
  const exported = pair.server.export();
  const refusals = [
    pair.clientEndpoint.import(exported),
    pair.serverEndpoint.import(new Uint8Array(0)),
    pair.serverEndpoint.import(new Uint8Array(10_000)),
    pair.serverEndpoint.import(exported.slice(0, -1)),
    pair.serverEndpoint.import(pair.client.export()),
    pair.engine.serverEndpoint({ ...serverOptions, connectionIdLength: 4 }).import(exported),
  ];
  for (const refusal of refusals) assert.equal(refusal instanceof DtlsError && refusal.kind, 'not-importable');
});

test('a connection ID that is longer than its place is refused, whatever the digest says', () => {
  const pair = establish();
  const exported = pair.server.export();
  const body = 11 + identity.length;
  const session = new DataView(exported.buffer, body, 4).getUint32(0);
  const ownId = body + 4 + session + 64;
  const peerId = ownId + 1 + serverConnectionId.length;
  assert.deepEqual([exported[ownId], exported[peerId]], [8, 0]);
  for (const at of [ownId, peerId]) {
    const forged = Uint8Array.of(
      ...exported.subarray(0, at),
      200,
      ...new Uint8Array(200),
      ...exported.subarray(at + 1),
    );
    forged.set(digestOf(forged.subarray(0, -8)), forged.length - 8);
    const result = pair.serverEndpoint.import(forged);
    assert.equal(result instanceof DtlsError && result.kind, 'not-importable');
  }
});

test('mutated exports never trap, with and without a digest that fits them', () => {
  const pair = establish();
  talk(pair);
  const next = generator(7);
  const exports = { server: pair.server.export(), client: pair.client.export() };
  let taken = 0;
  for (let run = 0; run < 6_000; run++) {
    const role = run % 2 === 0 ? 'server' : 'client';
    const mutated = mutate(exports[role], next);
    const resealed = run % 3 !== 0;
    if (resealed) mutated.set(digestOf(mutated.subarray(0, -8)), mutated.length - 8);
    const result = (role === 'server' ? pair.serverEndpoint : pair.clientEndpoint).import(mutated);
    if (result instanceof DtlsError) {
      assert.equal(result.kind, 'not-importable');
      continue;
    }
    assert.ok(resealed || same(mutated, exports[role]), 'damage is found');
    taken += 1;
    exercise(result, pair);
    result.free();
  }
  assert.ok(taken > 0, 'some mutations change nothing but keys');
  talk(pair);
});

test('an idle connection on shared buffers takes and gives records, and is freed', () => {
  const pair = establish();
  assert.equal(pair.server.share(), false, 'the final flight is pending');
  const others = Array.from({ length: 5 }, () => connect(pair.serverEndpoint, pair.clientEndpoint));
  const all = [{ server: pair.server, client: pair.client }, ...others];
  for (const each of all) {
    talk(each);
    assert.equal(each.server.share(), true);
    assert.equal(each.client.share(), true);
  }
  for (let round = 0; round < 3; round++) for (const each of all) talk(each);
  for (const each of others) {
    each.server.free();
    each.client.free();
  }
  talk(pair);
  freePair(pair);
});

/** A server established by flights that never reached the client, and the client's last flight. */
function lostFinalFlight() {
  const clock = { monotonicMs: 0, wallMs: 0 };
  const engine = makeEngine(5, clock);
  const endpoint = engine.serverEndpoint(serverOptions);
  const client = engine.clientEndpoint(clientOptions).connect();
  const id = Uint8Array.of(1);
  const check = endpoint.checkClientHello(id, client.start().datagrams[0] ?? id);
  assert.ok(check.kind === 'verify');
  const server = endpoint.accept({ transportId: id, connectionId: serverConnectionId });
  const hello = client.receive(check.datagram).datagrams;
  const flight = hello.flatMap((datagram) => server.receive(datagram).datagrams);
  const finished = flight.flatMap((datagram) => client.receive(datagram).datagrams);
  for (const datagram of finished) server.receive(datagram);
  assert.equal(server.finalFlightPending, true);
  clock.monotonicMs = client.nextTimeoutAtMs ?? 0;
  const repeated = client.timeout().datagrams;
  clock.monotonicMs = client.nextTimeoutAtMs ?? 0;
  return { server, client, finished: repeated };
}

function mutate(bytes: Uint8Array, next: () => number): Uint8Array {
  const mutated = bytes.slice(0, next() < 0.2 ? Math.floor(next() * (bytes.length + 1)) : bytes.length);
  const long = next() < 0.1 ? Uint8Array.of(...mutated, ...new Uint8Array(Math.floor(next() * 40))) : mutated;
  for (let i = 0; i < 1 + next() * 3 && long.length > 8; i++) long[Math.floor(next() * long.length)] = next() * 256;
  return long.length < 8 ? new Uint8Array(8) : long;
}

const digestOf = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.from(createHash('sha256').update(bytes).digest().subarray(0, 8));
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** Whatever was imported must answer every call without a trap. */
function exercise(connection: ReturnType<typeof imported>, pair: Pair): void {
  connection.seal(new Uint8Array(20));
  connection.receive(seal(pair.client, 'x'));
  connection.share();
  connection.export();
  connection.exportSession();
  assert.ok(connection.sendSequence >= 0);
}
