/** A client with a key for each connection, and a session that changes sides. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Connection, type ServerEndpointOptions, sessionHasId } from 'mbedtls-wasm';
import { toHex } from '../../src/base/bytes.ts';
import { certificateSuite, certificatesOf } from './certificate-pair.ts';
import {
  clientOptions,
  connect,
  firstDatagram,
  identity,
  key,
  makeEngine,
  type Pair,
  serverConnectionId,
  serverOptions,
  settle,
  talk,
  text,
  transportId,
  utf8,
} from './pair.ts';

const { psk: _, ...keyless } = clientOptions;
const keys = new Map([
  ['meter-17', key],
  ['pump-2', utf8('another key, longer than the first')],
]);

test('connections of one client prove the key that each was made with, also in turns', () => {
  const engine = makeEngine();
  const asked: string[] = [];
  const server = engine.serverEndpoint(knowing(keys, asked));
  const client = engine.clientEndpoint(keyless);
  const both = [...keys].map(([name, secret]) => {
    const connection = client.connect({ psk: { identity: utf8(name), key: secret } });
    const check = server.checkClientHello(transportId, firstDatagram(connection.start()));
    assert.ok(check.kind === 'verify');
    return { connection, server: server.accept({ transportId, connectionId: serverConnectionId }), check };
  });
  for (const { connection, server: accepted, check } of both.reverse()) {
    settle(accepted, connection, undefined, connection.receive(check.datagram));
    talk({ client: connection, server: accepted });
  }
  assert.deepEqual(asked.sort(), ['meter-17', 'pump-2']);
  assert.deepEqual(
    both.map(({ server: accepted }) => text(accepted.peerIdentity ?? utf8('?'))),
    ['pump-2', 'meter-17'],
  );
});

test('a key of one connection does not serve another, and a wrong one proves nothing', () => {
  const engine = makeEngine();
  const server = engine.serverEndpoint(serverOptions);
  const suites = [...keyless.suites, certificateSuite];
  const client = engine.clientEndpoint({ ...keyless, suites, certificates: certificatesOf('client') });
  talk(connectWith(client.connect({ psk: { identity, key } }), server));
  assert.equal(connectWith(client.connect(), server).server.established, false);
  const wrong = client.connect({ psk: { identity, key: utf8('fedcba9876543210') } });
  assert.equal(connectWith(wrong, server).server.established, false);
});

test('a key is refused where the endpoint has one, and when it is too long or empty', () => {
  const engine = makeEngine();
  const own = engine.clientEndpoint(clientOptions);
  assert.throws(() => own.connect({ psk: { identity, key } }), /RangeError: the endpoint has a key/);
  const client = engine.clientEndpoint(keyless);
  assert.throws(() => client.connect({ psk: { identity, key: new Uint8Array(65) } }), /RangeError/);
  assert.throws(() => client.connect({ psk: { identity, key: new Uint8Array(0) } }), /RangeError/);
  // Nothing is left behind: an endpoint with connections cannot be freed.
  for (const endpoint of [own, client]) endpoint.free();
});

test('a session by id is taken up again from the other side, whoever was the client', () => {
  const engine = makeEngine();
  const kept = new Map<string, Uint8Array>();
  const sessions: NonNullable<ServerEndpointOptions['sessions']> = {
    get: (id) => kept.get(toHex(id)),
    set: (id, session) => void kept.set(toHex(id), session),
  };
  const asServer = engine.serverEndpoint({ ...serverOptions, sessions });
  const first = connect(asServer, engine.clientEndpoint(clientOptions));
  const ofServer = [...kept.values()][0];
  assert.ok(ofServer);
  assert.equal(sessionHasId(ofServer), true);
  assert.equal(sessionHasId(new Uint8Array(ofServer.length)), false);
  talk(first);
  // Who was the client is the server now, and asks for no key.
  const device = engine.serverEndpoint({
    ...serverOptions,
    sessions: sessionsOf(kept),
    psk: () => assert.fail('asked'),
  });
  const again = connect(device, engine.clientEndpoint(clientOptions), { session: ofServer });
  assert.deepEqual([again.client.resumed, again.server.resumed], [true, true]);
  talk(again);
});

function sessionsOf(kept: Map<string, Uint8Array>): NonNullable<ServerEndpointOptions['sessions']> {
  return { get: (id) => kept.get(toHex(id)), set: () => undefined };
}

function connectWith(client: Connection, server: Pair['serverEndpoint']): { client: Connection; server: Connection } {
  const check = server.checkClientHello(transportId, firstDatagram(client.start()));
  assert.ok(check.kind === 'verify');
  const accepted = server.accept({ transportId, connectionId: serverConnectionId });
  settle(accepted, client, undefined, client.receive(check.datagram));
  return { client, server: accepted };
}

function knowing(known: ReadonlyMap<string, Uint8Array>, asked: string[]): ServerEndpointOptions {
  return {
    ...serverOptions,
    psk: (named) => {
      asked.push(text(named));
      return known.get(text(named));
    },
  };
}
