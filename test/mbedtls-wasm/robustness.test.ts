/** Noise, replay, loss, duplication and fuzz: no datagram without the keys harms an established connection. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Connection, DtlsError } from 'mbedtls-wasm';
import {
  carry,
  clientOptions,
  connect,
  establish,
  firstDatagram,
  generator,
  makeEngine,
  type Pair,
  seal,
  serverConnectionId,
  serverOptions,
  talk,
  text,
  transportId,
} from './pair.ts';

const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));

for (const connectionId of [true, false]) {
  test(`a refused record with a few bytes behind it does not wedge a connection (${connectionId ? 'with' : 'without'} CID)`, () => {
    const pair = establish({ client: { connectionId } });
    talk(pair);
    const wedge = fromHex('17fefd0007 000000000009 0002 0228 00000000');
    for (const end of [pair.server, pair.client]) {
      const progress = end.receive(wedge);
      assert.equal(progress.dropped?.kind, 'noise');
      assert.equal(progress.ended, undefined);
    }
    talk(pair);
  });
}

test('junk behind a good record takes nothing away from it', () => {
  const pair = establish();
  for (let junk = 1; junk <= 14; junk++) {
    const progress = pair.server.receive(join(seal(pair.client, `with ${junk}`), new Uint8Array(junk)));
    assert.deepEqual(progress.plaintexts.map(text), [`with ${junk}`]);
    assert.equal(progress.authenticated, true);
    talk(pair);
  }
});

test('several records in one datagram are all read', () => {
  const pair = establish();
  const progress = pair.server.receive(join(seal(pair.client, 'one'), seal(pair.client, 'two'), seal(pair.client, '')));
  assert.deepEqual(progress.plaintexts.map(text), ['one', 'two']);
});

test('a replayed record gives nothing', () => {
  const pair = establish();
  const record = seal(pair.client, 'once');
  assert.equal(pair.server.receive(record).plaintexts.length, 1);
  const replayed = pair.server.receive(record);
  assert.deepEqual(replayed.plaintexts, []);
  assert.equal(replayed.authenticated, false);
  assert.equal(replayed.dropped?.kind, 'replay');
});

test('a record of another connection fails authentication and is counted as noise', () => {
  const pair = establish();
  const other = establish({ engine: makeEngine(77) });
  talk(pair);
  for (let i = 0; i < 5; i++) seal(other.client, 'skip');
  const progress = pair.server.receive(seal(other.client, 'foreign'));
  assert.equal(progress.authenticated, false);
  assert.equal(progress.dropped?.mbedtlsName, 'MBEDTLS_ERR_SSL_INVALID_MAC');
  talk(pair);
});

for (const fresh of [true, false]) {
  test(`alerts, junk and a ClientHello of a stranger leave ${fresh ? 'a fresh' : 'a used'} connection alone`, () => {
    strangersAtWork(fresh);
  });
}

function strangersAtWork(fresh: boolean): void {
  const pair = establish();
  if (!fresh) talk(pair);
  const stranger = pair.clientEndpoint.connect();
  const hello = firstDatagram(stranger.start());
  const check = pair.serverEndpoint.checkClientHello(transportId, hello);
  assert.ok(check.kind === 'verify');
  const withCookie = firstDatagram(stranger.receive(check.datagram));
  assert.equal(pair.serverEndpoint.checkClientHello(transportId, withCookie).kind, 'valid');
  const alerts = [
    '15fefd0000000000000063 0002 0228',
    '15fefd0001000000000063 0002 0100',
    '14fefd0000000000000064 0001 01',
  ];
  for (const datagram of [hello, withCookie, check.datagram, ...alerts.map(fromHex)]) {
    const progress = pair.server.receive(datagram);
    assert.deepEqual(progress.datagrams, []);
    assert.equal(progress.ended, undefined);
    assert.ok(progress.dropped);
    if (!fresh) talk(pair);
  }
  talk(pair);
}

test('a connection accepted with an unchecked ClientHello answers nothing and ends', () => {
  const engine = makeEngine();
  const endpoint = engine.serverEndpoint(serverOptions);
  const hello = firstDatagram(engine.clientEndpoint(clientOptions).connect().start());
  const progress = endpoint.accept({ transportId, connectionId: serverConnectionId }).receive(hello);
  assert.deepEqual(progress.datagrams, []);
  assert.ok(progress.ended);
});

test('2,000 fuzzed datagrams cost an established connection no record', () => {
  const pair = establish();
  talk(pair);
  const next = generator(11);
  const seeds = [
    seal(pair.client, 'seed'),
    seal(pair.server, 'seed'),
    firstDatagram(pair.clientEndpoint.connect().start()),
  ];
  // Delivered before, so that a seed which fuzzing left whole is a replay.
  for (const seed of seeds) for (const end of [pair.server, pair.client]) end.receive(seed);
  for (let run = 0; run < 2_000; run++) {
    const datagram = fuzzed(seeds[run % seeds.length] ?? new Uint8Array(1), next);
    for (const end of [pair.server, pair.client]) {
      const progress = end.receive(datagram);
      assert.equal(progress.ended, undefined);
      assert.equal(progress.authenticated, false);
    }
    if (run % 10 === 0) talk(pair);
  }
  talk(pair);
  assert.ok(pair.server.receive(new Uint8Array(0)).dropped);
  assert.ok(pair.server.receive(new Uint8Array(60_000)).dropped);
});

test('handshakes get through loss, repetition, reordering and junk', () => {
  const clock = { monotonicMs: 0, wallMs: 0 };
  const engine = makeEngine(4, clock);
  const endpoints = {
    serverEndpoint: engine.serverEndpoint({ ...serverOptions, mtu: 256 }),
    clientEndpoint: engine.clientEndpoint({ ...clientOptions, mtu: 256 }),
  };
  const next = generator(12);
  let done = 0;
  for (let run = 0; run < 150; run++) if (lossyHandshake({ engine, ...endpoints }, next, clock)) done += 1;
  assert.ok(done >= 145, `${done} of 150 handshakes were completed`);
});

test('a long record is refused with an error, the longest one travels', () => {
  const pair = establish();
  const longest = pair.server.plaintextBytesMax;
  assert.equal(longest, 2_048);
  assert.equal(pair.client.receive(seal(pair.server, new Uint8Array(longest))).plaintexts[0]?.length, longest);
  assert.ok(pair.server.seal(new Uint8Array(longest + 1)) instanceof DtlsError);
  talk(pair);
});

test('10,000 handshakes leave the memory as it was', () => {
  const pair = establish();
  const session = pair.client.exportSession();
  const handshake = (run: number): void => {
    const resuming = run % 3 === 0 && session !== undefined ? { session } : {};
    const both = connect(pair.serverEndpoint, pair.clientEndpoint, resuming);
    carry(both.client, both.server, 'x');
    both.server.share();
    const copy = pair.serverEndpoint.import(both.server.export());
    assert.ok(!(copy instanceof DtlsError));
    for (const connection of [copy, both.server, both.client]) connection.free();
  };
  for (let run = 0; run < 50; run++) handshake(run);
  const before = pair.engine.linearMemoryBytes;
  for (let run = 0; run < 10_000; run++) handshake(run);
  assert.equal(pair.engine.linearMemoryBytes, before);
});

test('what was freed says so', () => {
  const pair = establish();
  assert.throws(() => pair.serverEndpoint.free(), /connections/);
  pair.server.free();
  assert.throws(() => pair.server.seal(new Uint8Array(1)), /freed/);
  pair.serverEndpoint.free();
  assert.throws(() => pair.serverEndpoint.import(new Uint8Array(1)), /freed/);
});

test('AES-256-GCM opens what it sealed, and nothing else', () => {
  const engine = makeEngine();
  const [key, nonce, additional] = [new Uint8Array(32).fill(1), new Uint8Array(12).fill(2), new Uint8Array(3)];
  const sealed = engine.aeadSeal(key, nonce, new Uint8Array(100).fill(5), additional);
  assert.equal(sealed.length, 116);
  assert.deepEqual(engine.aeadOpen(key, nonce, sealed, additional), new Uint8Array(100).fill(5));
  assert.equal(engine.aeadOpen(key, nonce, sealed, new Uint8Array(4)), undefined);
  assert.equal(engine.aeadOpen(key, nonce, sealed.slice(1), additional), undefined);
  assert.equal(engine.aeadOpen(key, nonce, new Uint8Array(3), additional), undefined);
  assert.throws(() => engine.aeadSeal(new Uint8Array(16), nonce, sealed, additional), RangeError);
});

function fuzzed(seed: Uint8Array, next: () => number): Uint8Array {
  const length = next() < 0.3 ? Math.ceil(next() * seed.length) : seed.length;
  const datagram = join(seed.subarray(0, length), new Uint8Array(next() < 0.3 ? Math.floor(next() * 20) : 0));
  const changes = 1 + Math.floor(next() * 4);
  for (let i = 0; i < changes; i++) datagram[Math.floor(next() * datagram.length)] = next() * 256;
  return datagram;
}

/** One handshake over a bad link: 20 % lost, 10 % twice, some late, junk behind every datagram. */
function lossyHandshake(
  pair: Pick<Pair, 'engine' | 'serverEndpoint' | 'clientEndpoint'>,
  next: () => number,
  clock: { monotonicMs: number },
): boolean {
  const client = pair.clientEndpoint.connect();
  let server: Connection | undefined;
  const inFlight: { to: 'client' | 'server'; datagram: Uint8Array }[] = [];
  const send = (to: 'client' | 'server', datagrams: readonly Uint8Array[]): void => {
    for (const datagram of datagrams) {
      const copies = next() < 0.2 ? 0 : next() < 0.1 ? 2 : 1;
      const junk = new Uint8Array(Math.floor(next() * 14));
      for (let i = 0; i < copies; i++) {
        inFlight.splice(Math.floor(next() * (inFlight.length + 1)), 0, { to, datagram: join(datagram, junk) });
      }
    }
  };
  send('server', client.start().datagrams);
  for (let turn = 0; turn < 2_000 && !(client.established && server?.established); turn++) {
    const arriving = inFlight.shift();
    if (arriving === undefined) {
      const due = [client.nextTimeoutAtMs, server?.nextTimeoutAtMs].filter((at) => at !== undefined);
      if (due.length === 0) break;
      clock.monotonicMs = Math.max(clock.monotonicMs, Math.min(...due));
      if ((client.nextTimeoutAtMs ?? Infinity) <= clock.monotonicMs) send('server', client.timeout().datagrams);
      if (server && (server.nextTimeoutAtMs ?? Infinity) <= clock.monotonicMs)
        send('client', server.timeout().datagrams);
    } else if (arriving.to === 'client') {
      send('server', client.receive(arriving.datagram).datagrams);
    } else if (server === undefined) {
      const check = pair.serverEndpoint.checkClientHello(transportId, arriving.datagram);
      if (check.kind === 'verify') send('client', [check.datagram]);
      if (check.kind === 'valid') {
        server = pair.serverEndpoint.accept({ transportId, connectionId: serverConnectionId });
        send('client', server.receive(arriving.datagram).datagrams);
      }
    } else {
      send('client', server.receive(arriving.datagram).datagrams);
    }
  }
  const done = client.established && server?.established === true;
  if (done && server) {
    carry(client, server, 'through');
    carry(server, client, 'and back');
  }
  client.free();
  server?.free();
  return done;
}
