/**
 * An export at each moment at which there can be one, of either end, with each kind of credentials: it is the same when it is
 * asked for again, the connection goes on as if nothing had been asked, and so does an import of it in another process.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientEndpointOptions, Connection, Engine, ServerEndpointOptions } from 'mbedtls-wasm';
import { certificateClient, certificateServer } from './certificate-pair.ts';
import {
  type Clock,
  clientOptions,
  establish,
  firstDatagram,
  imported,
  makeEngine,
  serverConnectionId,
  serverOptions,
  talk,
  transportId,
} from './pair.ts';

type Side = 'client' | 'server';
const otherSide = { client: 'server', server: 'client' } as const;

interface Credentials {
  server: ServerEndpointOptions;
  client: ClientEndpointOptions;
}

const ephemeral = { suites: ['TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256'] } as const;
const credentials: Readonly<Record<string, Credentials>> = {
  'a pre-shared key': { server: serverOptions, client: clientOptions },
  'a pre-shared key, without connection IDs': {
    server: serverOptions,
    client: { ...clientOptions, connectionId: false },
  },
  'a pre-shared key and ECDHE': {
    server: { ...serverOptions, ...ephemeral },
    client: { ...clientOptions, ...ephemeral },
  },
  certificates: {
    server: { ...serverOptions, ...certificateServer },
    client: { ...clientOptions, ...certificateClient },
  },
};
const handshakes = ['full', 'abbreviated'] as const;
type Handshake = (typeof handshakes)[number];

for (const [name, given] of Object.entries(credentials)) {
  for (const handshake of handshakes) {
    test(`an export between the handshake and what follows it disturbs nothing (${name}, ${handshake})`, () => {
      for (const lost of [false, true]) finalFlightUnacknowledged(opened(given, handshake), lost);
    });
    test(`nor does one of either end later on (${name}, ${handshake})`, () => {
      for (const side of ['server', 'client'] as const) laterOn(opened(given, handshake), side);
    });
  }
}

/** Both ends when the last flight has left the one and has not come to the other. */
interface Opened {
  clock: Clock;
  ends: Record<Side, Connection>;
  /** Whose flight is the last: in an abbreviated handshake the client's. */
  last: Side;
  finalFlight: readonly Uint8Array[];
  importOf(side: Side, exported: Uint8Array): Connection;
}

function finalFlightUnacknowledged({ clock, ends, last, finalFlight, importOf }: Opened, lost: boolean): void {
  const own = ends[last];
  const peer = ends[otherSide[last]];
  assert.ok(own.finalFlightPending && !peer.established);
  const copy = exportedTwice(own, (exported) => importOf(last, exported));
  if (lost) {
    clock.monotonicMs = peer.nextTimeoutAtMs ?? assert.fail('the peer waits for nothing');
    const again = peer.timeout().datagrams;
    for (const datagram of again) assert.equal(copy.receive(datagram).ended, undefined, 'an import repeats no flight');
    exportedTwice(own, (exported) => importOf(last, exported)).free();
    for (const datagram of again.flatMap((each) => own.receive(each).datagrams)) peer.receive(datagram);
  } else {
    for (const datagram of finalFlight) peer.receive(datagram);
  }
  assert.ok(peer.established, 'the flight was sent, or sent again, after the export');
  assert.ok(own.finalFlightPending);
  goOn(ends, last, copy);
}

function laterOn({ ends, last, finalFlight, importOf }: Opened, side: Side): void {
  for (const datagram of finalFlight) ends[otherSide[last]].receive(datagram);
  const make = (exported: Uint8Array): Connection => importOf(side, exported);
  // The peer of the last flight has shown nothing yet.
  exportedTwice(ends[side], make).free();
  talk(ends);
  const idle = exportedTwice(ends[side], make);
  goOn(ends, side, exportedTwice(idle, make));
  assert.ok(ends.server.share() && ends.client.share());
  const copy = exportedTwice(ends[side], make);
  goOn(ends, side, copy);
  assert.ok(copy.share());
  const second = exportedTwice(copy, make);
  second.setSendBounds(copy.sendSequence + 70_000, 2 ** 48);
  talk({ ...ends, [side]: second });
}

/** The live connection works, then the import in its place, as after a restart. Leaves the live one where the import is. */
function goOn(ends: Record<Side, Connection>, side: Side, copy: Connection): void {
  talk(ends);
  copy.setReceiveWindow(ends[side].receiveWindow());
  copy.setSendBounds(ends[side].sendSequence + 65_536, 2 ** 48);
  talk({ ...ends, [side]: copy });
  assert.equal(copy.finalFlightPending, false);
  ends[side].setReceiveWindow(copy.receiveWindow());
  ends[side].setSendBounds(copy.sendSequence, 2 ** 48);
}

/** An import of what a connection exports; it exports the same again, and so does the connection. */
function exportedTwice(connection: Connection, importOf: (exported: Uint8Array) => Connection): Connection {
  const pending = connection.finalFlightPending;
  const exported = connection.export();
  assert.deepEqual(connection.export(), exported);
  assert.equal(connection.finalFlightPending, pending);
  const copy = importOf(exported);
  assert.deepEqual(copy.export(), exported, 'an export right after import is the same');
  return copy;
}

function opened(given: Credentials, handshake: Handshake): Opened {
  const clock: Clock = { monotonicMs: 0, wallMs: 0 };
  const sessions = cache();
  const server = { ...given.server, sessions };
  const engine = makeEngine(1, clock);
  const former = handshake === 'full' ? undefined : establish({ engine, server, client: given.client }).client;
  const session = former?.exportSession();
  const client = engine.clientEndpoint(given.client).connect(session === undefined ? {} : { session });
  const endpoint = engine.serverEndpoint(server);
  const check = endpoint.checkClientHello(transportId, firstDatagram(client.start()));
  assert.ok(check.kind === 'verify');
  const accepted = endpoint.accept({ transportId, connectionId: serverConnectionId });
  const ends = { server: accepted, client };
  let to: Side = 'server';
  let flight = client.receive(check.datagram).datagrams;
  for (;;) {
    flight = flight.flatMap((datagram) => ends[to].receive(datagram).datagrams);
    assert.ok(flight.length > 0, 'the handshake goes on');
    if (ends[to].established) break;
    to = otherSide[to];
  }
  assert.equal(to, handshake === 'full' ? 'server' : 'client');
  const other = makeEngine(2, clock);
  const importOf = (side: Side, exported: Uint8Array): Connection =>
    imported(importInto(other, side, { ...given, server }, exported), 0);
  return { clock, ends, last: to, finalFlight: flight, importOf };
}

function importInto(engine: Engine, side: Side, { server, client }: Credentials, exported: Uint8Array) {
  const endpoint = side === 'server' ? engine.serverEndpoint(server) : engine.clientEndpoint(client);
  return endpoint.import(exported);
}

function cache(): NonNullable<ServerEndpointOptions['sessions']> {
  const kept = new Map<string, Uint8Array>();
  return { get: (id) => kept.get(String(id)), set: (id, session) => void kept.set(String(id), session) };
}
