/**
 * A client and a server in memory, over links that lose, repeat and reorder by a seeded generator; the clock is a number.
 * Everything is deterministic: the same seed gives the same run, keys included.
 */
import assert from 'node:assert/strict';
import {
  type ClientEndpoint,
  type ClientEndpointOptions,
  type Connection,
  DtlsError,
  Engine,
  type HostP256,
  type Progress,
  type ServerEndpoint,
  type ServerEndpointOptions,
} from 'mbedtls-wasm';
import { readWasm } from 'mbedtls-wasm/read-wasm';

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
export const identity = utf8('meter-17');
export const key = utf8('0123456789abcdef');
export const transportId = utf8('192.0.2.17:5684');

/** A small seeded generator (mulberry32): good enough for links and test entropy. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The clocks of a test; engines read them through their host. */
export interface Clock {
  monotonicMs: number;
  wallMs: number;
}

const wasm = readWasm();

export function makeEngine(
  seed = 1,
  clock: Clock = { monotonicMs: 0, wallMs: 1_790_000_000_000 },
  p256?: HostP256,
): Engine {
  const next = generator(seed);
  return Engine.instantiate(wasm, {
    random: (into) => {
      for (let i = 0; i < into.length; i++) into[i] = next() * 256;
    },
    monotonicMs: () => clock.monotonicMs,
    wallMs: () => clock.wallMs,
    ...(p256 && { p256 }),
  });
}

export const serverOptions: ServerEndpointOptions = {
  suites: ['TLS_PSK_WITH_AES_128_CCM_8'],
  connectionIdLength: 8,
  psk: (named) => (text(named) === text(identity) ? key : undefined),
};
export const clientOptions: ClientEndpointOptions = {
  suites: ['TLS_PSK_WITH_AES_128_CCM_8'],
  psk: { identity, key },
  connectionId: true,
};
export const serverConnectionId: Uint8Array = Uint8Array.of(7, 1, 2, 3, 4, 5, 6, 7);

export interface Pair {
  engine: Engine;
  serverEndpoint: ServerEndpoint;
  clientEndpoint: ClientEndpoint;
  server: Connection;
  client: Connection;
}

export interface PairOptions {
  engine?: Engine;
  server?: Partial<ServerEndpointOptions>;
  client?: Partial<ClientEndpointOptions>;
  session?: Uint8Array;
  connectionId?: Uint8Array | undefined;
  clientConnectionId?: Uint8Array;
}

/** Both ends, established over a perfect link. */
export function establish(options: PairOptions = {}): Pair {
  const engine = options.engine ?? makeEngine();
  const serverEndpoint = engine.serverEndpoint({ ...serverOptions, ...options.server });
  const clientEndpoint = engine.clientEndpoint({ ...clientOptions, ...options.client });
  return { engine, serverEndpoint, clientEndpoint, ...connect(serverEndpoint, clientEndpoint, options) };
}

/** One handshake between two endpoints, cookie included. */
export function connect(
  serverEndpoint: ServerEndpoint,
  clientEndpoint: ClientEndpoint,
  options: PairOptions = {},
): { server: Connection; client: Connection } {
  const client = clientEndpoint.connect({
    ...(options.session && { session: options.session }),
    ...(options.clientConnectionId && { connectionId: options.clientConnectionId }),
  });
  const hello = firstDatagram(client.start());
  const check = serverEndpoint.checkClientHello(transportId, hello);
  assert.equal(check.kind, 'verify');
  if (check.kind !== 'verify') throw new Error('no cookie was asked for');
  const withCookie = firstDatagram(client.receive(check.datagram));
  assert.equal(serverEndpoint.checkClientHello(transportId, withCookie).kind, 'valid');
  const connectionId = 'connectionId' in options ? options.connectionId : serverConnectionId;
  const server = serverEndpoint.accept({ transportId, ...(connectionId && { connectionId }) });
  settle(server, client, server.receive(withCookie), undefined);
  assert.equal(server.established, true);
  assert.equal(client.established, true);
  return { server, client };
}

/** Carries datagrams both ways until both ends are silent. */
export function settle(
  server: Connection,
  client: Connection,
  fromServer: Progress | undefined,
  fromClient: Progress | undefined,
): void {
  const toClient = [...(fromServer?.datagrams ?? [])];
  const toServer = [...(fromClient?.datagrams ?? [])];
  while (toClient.length + toServer.length > 0) {
    const forClient = toClient.shift();
    if (forClient !== undefined) toServer.push(...client.receive(forClient).datagrams);
    const forServer = toServer.shift();
    if (forServer !== undefined) toClient.push(...server.receive(forServer).datagrams);
  }
}

export function firstDatagram(progress: Progress): Uint8Array {
  const [datagram] = progress.datagrams;
  assert.ok(datagram, 'a datagram was expected');
  return datagram;
}

export function seal(connection: Connection, plaintext: string | Uint8Array): Uint8Array {
  const sealed = connection.seal(typeof plaintext === 'string' ? utf8(plaintext) : plaintext);
  if (sealed instanceof DtlsError) throw sealed;
  return sealed;
}

/** Asserts that what one end seals arrives at the other. */
export function carry(from: Connection, to: Connection, plaintext: string): void {
  const progress = to.receive(seal(from, plaintext));
  assert.deepEqual(progress.plaintexts.map(text), [plaintext]);
  assert.equal(progress.authenticated, true);
}

/** Both directions work. */
export function talk(pair: { server: Connection; client: Connection }): void {
  carry(pair.client, pair.server, 'up');
  carry(pair.server, pair.client, 'down');
}

/** An import that must succeed; its send sequence starts at `floor`. */
export function imported(result: Connection | DtlsError, floor = 65_536): Connection {
  if (result instanceof DtlsError) throw result;
  result.setSendBounds(floor, 2 ** 48);
  return result;
}

/** Frees everything; the leak test counts on it. */
export function freePair(pair: Pair): void {
  pair.server.free();
  pair.client.free();
  pair.serverEndpoint.free();
  pair.clientEndpoint.free();
}
