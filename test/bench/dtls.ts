/**
 * `npm run bench -- dtls`: what the DTLS engine costs a server, as one flat list of figures against their goals. Times are
 * microseconds of the server's end alone, medians of the rounds; sizes are growth of the linear memory for each connection.
 */
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Connection } from 'mbedtls-wasm';
import {
  clientOptions,
  connect,
  firstDatagram,
  imported,
  makeEngine,
  serverConnectionId,
  serverOptions,
  transportId,
} from '../mbedtls-wasm/pair.ts';
import { engine as engineBench } from './engine.ts';
import { medianOf, processorSecondsOf } from './measure.ts';

const rounds = 5;
const wasmFile = fileURLToPath(import.meta.resolve('mbedtls-wasm')).replace(/index\.js$/, 'mbedtls.wasm');

/** Goals on a two-core x86 machine. */
const goals = {
  pskFullUs: 200,
  pskAbbreviatedUs: 130,
  x509FullUs: 4_500,
  x509AbbreviatedUs: 150,
  recordPairUs: 8,
  exportUs: 3,
  importUs: 60,
  idleConnectionBytes: 2_000,
  exportBytesPsk: 260,
  wasmBytes: 260_000,
  preCookieBytes: 0,
  halfOpenBytes: 8_000,
} as const;
type Key = keyof typeof goals;
type Figures = Record<Key, number>;

/** Prints the figures, as one line of JSON when the words say so. */
export async function benchDtls(words: readonly string[]): Promise<void> {
  const figures = await measured();
  if (words.includes('--json')) process.stdout.write(`${JSON.stringify(figures)}\n`);
  else for (const key of Object.keys(goals) as Key[]) process.stdout.write(`${line(key, figures[key])}\n`);
}

function line(key: Key, value: number): string {
  const missed = value > goals[key] ? ' !' : '';
  return `${key.padEnd(20)} ${String(value).padStart(9)}  goal ${goals[key]}${missed}`;
}

async function measured(): Promise<Figures> {
  const found = await engineBench.run({ size: { rounds, scale: 1 }, directory: '' });
  const medianUs = (name: string): number => {
    const figure = found.find((one) => one.name === name);
    assert.ok(figure, name);
    return tenths(figure.median * 1e6);
  };
  return {
    pskFullUs: medianUs('full handshake, server side'),
    pskAbbreviatedUs: medianUs('abbreviated, server side'),
    x509FullUs: medianUs('full handshake with certificates, server side'),
    x509AbbreviatedUs: medianUs('abbreviated with certificates, server side'),
    recordPairUs: medianUs('100 bytes sealed and opened'),
    exportUs: medianUs('export'),
    importUs: importUs(),
    idleConnectionBytes: Math.round(bytesPerConnection('idle')),
    exportBytesPsk: exportBytes(),
    wasmBytes: statSync(wasmFile).size,
    preCookieBytes: preCookieBytes(),
    halfOpenBytes: Math.round(bytesPerConnection('half open')),
  };
}

const tenths = (value: number): number => Math.round(value * 10) / 10;

function ends(seed: number) {
  const engine = makeEngine(seed);
  // Thousands are held open to see what one costs.
  const openHandshakesMax = { total: Number.POSITIVE_INFINITY };
  const serverEndpoint = engine.serverEndpoint({ ...serverOptions, openHandshakesMax });
  return { engine, serverEndpoint, clientEndpoint: makeEngine(seed + 1).clientEndpoint(clientOptions) };
}

/** An import and its end, since memory must not run out. */
function importUs(): number {
  const { serverEndpoint, clientEndpoint } = ends(1);
  const exported = connect(serverEndpoint, clientEndpoint).server.export();
  const once = (): void => imported(serverEndpoint.import(exported)).free();
  const round = (): number => processorSecondsOf(2_000, once) * 1e6;
  return tenths(medianOf(Array.from({ length: rounds }, round)));
}

function exportBytes(): number {
  const { serverEndpoint, clientEndpoint } = ends(1);
  return connect(serverEndpoint, clientEndpoint).server.export().length;
}

/** What 100,000 ClientHellos of strangers, with a cookie and without, leave in the memory. */
function preCookieBytes(): number {
  const { engine, serverEndpoint, clientEndpoint } = ends(1);
  const client = clientEndpoint.connect();
  const hello = firstDatagram(client.start());
  const check = serverEndpoint.checkClientHello(transportId, hello);
  assert.ok(check.kind === 'verify');
  const withCookie = firstDatagram(client.receive(check.datagram));
  const before = engine.linearMemoryBytes;
  for (let count = 0; count < 50_000; count++) {
    serverEndpoint.checkClientHello(transportId, hello);
    serverEndpoint.checkClientHello(transportId, withCookie);
  }
  return engine.linearMemoryBytes - before;
}

/** Memory grows by whole pages: counted from one growth on, over many connections. */
function bytesPerConnection(kind: 'idle' | 'half open'): number {
  const { engine, serverEndpoint, clientEndpoint } = ends(1);
  const open = (): Connection => (kind === 'idle' ? idle() : halfOpen());
  const idle = (): Connection => {
    const { server, client } = connect(serverEndpoint, clientEndpoint);
    const record = client.seal(new Uint8Array(1));
    assert.ok(record instanceof Uint8Array);
    server.receive(record);
    client.free();
    assert.ok(server.share());
    return server;
  };
  const halfOpen = (): Connection => {
    const client = clientEndpoint.connect();
    const check = serverEndpoint.checkClientHello(transportId, firstDatagram(client.start()));
    assert.ok(check.kind === 'verify');
    const server = serverEndpoint.accept({ transportId, connectionId: serverConnectionId });
    assert.ok(server.receive(firstDatagram(client.receive(check.datagram))).datagrams.length > 0);
    client.free();
    return server;
  };
  const start = engine.linearMemoryBytes;
  while (engine.linearMemoryBytes === start) open();
  const before = engine.linearMemoryBytes;
  const count = 2_000;
  for (let opened = 0; opened < count; opened++) open();
  return (engine.linearMemoryBytes - before) / count;
}
