/** What strangers can send into a handshake that is open, and what it must not do to it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certificateSuites, pskSuites, type SessionCache, type Suite } from 'mbedtls-wasm';
import { certificateClient, certificateServer } from './certificate-pair.ts';
import {
  clientOptions,
  establish,
  firstDatagram,
  makeEngine,
  serverConnectionId,
  serverOptions,
  settle,
  talk,
  transportId,
} from './pair.ts';

/** Header of a record, and a body of zeros. */
function record(type: number, epoch: number, sequence: bigint, bodyBytes: number): Uint8Array {
  const bytes = new Uint8Array(13 + bodyBytes);
  const view = new DataView(bytes.buffer);
  bytes.set([type, 0xfe, 0xfd]);
  view.setBigUint64(3, (BigInt(epoch) << 48n) | sequence);
  view.setUint16(11, bodyBytes);
  return bytes;
}

function opened({ suite = 'TLS_PSK_WITH_AES_128_CCM_8' as Suite, connectionId = false } = {}) {
  const engine = makeEngine();
  const client = engine
    .clientEndpoint({ ...clientOptions, ...certificateClient, suites: [suite], connectionId })
    .connect();
  const endpoint = engine.serverEndpoint({ ...serverOptions, ...certificateServer, suites: [suite] });
  const check = endpoint.checkClientHello(transportId, firstDatagram(client.start()));
  assert.ok(check.kind === 'verify');
  const hello = firstDatagram(client.receive(check.datagram));
  const server = endpoint.accept({ transportId, connectionId: serverConnectionId });
  return { client, server, fromServer: server.receive(hello) };
}

for (const suite of [...pskSuites, ...certificateSuites]) {
  for (const connectionId of [false, true]) {
    test(`a record that fails while a client awaits Finished draws no alert (${suite}, ${connectionId})`, () => {
      const { client, server, fromServer } = opened({ suite, connectionId });
      const fromClient = client.receive(firstDatagram(fromServer));
      for (const datagram of fromServer.datagrams.slice(1))
        fromClient.datagrams.push(...client.receive(datagram).datagrams);
      // The client has sent its Finished, and waits for the server's.
      const ccs = Uint8Array.of(...record(20, 0, 7n, 1));
      ccs[13] = 1;
      client.receive(ccs);
      const stray = client.receive(record(22, 1, 0n, 60));
      assert.deepEqual([stray.datagrams, stray.ended, stray.dropped?.kind], [[], undefined, 'wrong-key']);
      settle(server, client, undefined, fromClient);
      talk({ client, server });
    });
  }
}

for (const connectionId of [false, true]) {
  test(`a CCS and a Finished of another handshake leave a server's abbreviated one alone (${connectionId})`, () => {
    const kept = new Map<string, Uint8Array>();
    const sessions: SessionCache = {
      get: (id) => kept.get(String(id)),
      set: (id, session) => kept.set(String(id), session),
    };
    const former = establish({ server: { sessions }, client: { connectionId } });
    const session = former.client.exportSession();
    assert.ok(session);
    const client = former.clientEndpoint.connect({ session });
    const check = former.serverEndpoint.checkClientHello(transportId, firstDatagram(client.start()));
    assert.ok(check.kind === 'verify');
    const hello = firstDatagram(client.receive(check.datagram));
    const server = former.serverEndpoint.accept({ transportId, connectionId: serverConnectionId });
    const fromServer = server.receive(hello);
    // The server has sent its Finished, and waits for the client's.
    for (let i = 0; i < 3; i++) {
      const stray = server.receive(strayFinished(connectionId));
      assert.deepEqual([stray.datagrams, stray.ended, stray.dropped?.kind], [[], undefined, 'wrong-key']);
    }
    settle(server, client, fromServer, undefined);
    talk({ client, server });
    assert.equal(server.resumed, true);
  });
}

test("a Finished that fails leaves a server's full handshake alone; a second one is told to the peer", () => {
  for (const strays of [1, 2]) {
    const { client, server, fromServer } = opened();
    const fromClient = fromServer.datagrams.flatMap((datagram) => client.receive(datagram).datagrams);
    // All but the client's Finished has arrived.
    const flight = Buffer.concat(fromClient);
    const finishedAt = flight.length - (13 + 40);
    server.receive(Uint8Array.from(flight.subarray(0, finishedAt)));
    const drawn = Array.from({ length: strays }, () => server.receive(record(22, 1, 0n, 60)));
    assert.deepEqual(
      drawn.map(({ datagrams, ended, dropped }) => [datagrams.length, ended, dropped?.kind]),
      [
        [0, undefined, 'wrong-key'],
        [1, undefined, 'wrong-key'],
      ].slice(0, strays),
    );
    assert.equal(server.receive(Uint8Array.from(flight.subarray(finishedAt))).established, true);
  }
});

/** What a client ends its part with; nothing of it fits this handshake. */
function strayFinished(connectionId: boolean): Uint8Array {
  const ccs = record(20, 0, 2n, 1);
  ccs[13] = 1;
  const finished = record(connectionId ? 25 : 22, 1, 0n, 48);
  const place = connectionId ? serverConnectionId : [];
  return Uint8Array.from(Buffer.concat([ccs, finished.subarray(0, 11), Uint8Array.from(place), finished.subarray(11)]));
}

test('a record number that a stranger made up does not make the true ones look old', () => {
  const { client, server, fromServer } = opened();
  const noise = record(20, 0, 2n ** 48n - 1n, 1);
  noise[13] = 1;
  for (const end of [client, server]) assert.equal(end.receive(noise).ended, undefined);
  settle(server, client, fromServer, undefined);
  talk({ client, server });
});
