/** How many handshakes may be open at once: each takes memory of whoever has shown no more than an address. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ClientHelloCheck, type Connection, DtlsError, type OpenHandshakesMax } from 'mbedtls-wasm';
import { clientOptions, firstDatagram, makeEngine, serverOptions, settle, talk, transportId } from './pair.ts';

/** A server, and peers who want to shake hands with it. */
function world(openHandshakesMax?: OpenHandshakesMax) {
  const clock = { monotonicMs: 0, wallMs: 0 };
  const engine = makeEngine(1, clock);
  const endpoint = engine.serverEndpoint({
    ...serverOptions,
    connectionIdLength: 0,
    ...(openHandshakesMax && { openHandshakesMax }),
  });
  const clientEndpoint = makeEngine(2, clock).clientEndpoint(clientOptions);
  /** One peer's attempt: what the second ClientHello is told, and both ends when the server takes it. */
  const greet = (source?: string) => {
    const client = clientEndpoint.connect();
    const cookie = endpoint.checkClientHello(transportId, firstDatagram(client.start()), source);
    assert.ok(cookie.kind === 'verify', 'a cookie costs nothing, and everyone gets one');
    const hello = firstDatagram(client.receive(cookie.datagram));
    const check = endpoint.checkClientHello(transportId, hello, source);
    const accept = (): Connection => endpoint.accept({ transportId, ...(source !== undefined && { source }) });
    return { client, hello, check, accept };
  };
  const open = (source?: string): Connection => {
    const { hello, check, accept } = greet(source);
    assert.equal(check.kind, 'valid');
    const server = accept();
    assert.ok(server.receive(hello).datagrams.length > 0);
    return server;
  };
  return { clock, engine, endpoint, greet, open };
}

function expectFull(check: ClientHelloCheck): void {
  assert.equal(check.kind === 'drop' && check.error.kind, 'too-many-handshakes');
}

test('beyond the limit of all a valid ClientHello is dropped, and nothing is opened', () => {
  const { greet, open } = world({ total: 3 });
  for (let i = 0; i < 3; i++) open();
  const { check, accept } = greet();
  expectFull(check);
  assert.throws(accept, (error) => error instanceof DtlsError && error.kind === 'too-many-handshakes');
  expectFull(greet('another host').check);
});

test('one source has a limit of its own, and keeps nobody else out', () => {
  const { greet, open } = world({ perSource: 2 });
  const [first] = [open('198.51.100.1'), open('198.51.100.1')];
  expectFull(greet('198.51.100.1').check);
  for (let i = 0; i < 4; i++) open();
  open('198.51.100.2');
  first?.free();
  open('198.51.100.1');
  expectFull(greet('198.51.100.1').check);
});

test('a handshake that is over, however it ended, makes room', () => {
  const { clock, greet, open } = world({ total: 1, perSource: 1 });
  const source = '198.51.100.1';
  const { client, hello, accept } = greet(source);
  const server = accept();
  settle(server, client, server.receive(hello), undefined);
  talk({ server, client });
  open(source).free();
  open(source).close();
  const silent = open(source);
  expectFull(greet(source).check);
  while (silent.nextTimeoutAtMs !== undefined) {
    clock.monotonicMs = silent.nextTimeoutAtMs;
    silent.timeout();
  }
  open(source);
  for (const each of [server, silent]) each.free();
  expectFull(greet(source).check);
});

test('a flood takes the memory of 1,000 handshakes, of 50 from one source', () => {
  const { engine, greet } = world();
  const flood = (source?: string): number => {
    let opened = 0;
    for (let attempt = 0; attempt < 1_200; attempt++) {
      const { client, hello, check, accept } = greet(source);
      client.free();
      if (check.kind !== 'valid') continue;
      accept().receive(hello);
      opened += 1;
    }
    return opened;
  };
  assert.deepEqual([flood('198.51.100.1'), flood()], [50, 950]);
  assert.ok(engine.linearMemoryBytes < 1_000 * 8_000 + 1_000_000, `${engine.linearMemoryBytes} bytes`);
});
