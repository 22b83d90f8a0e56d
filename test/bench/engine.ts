/** The DTLS engine by itself: what it costs the gateway's side, without sockets and without the gateway. */
import assert from 'node:assert/strict';
import type { Connection, SessionCache } from 'mbedtls-wasm';
import { toHex } from '../../src/base/bytes.ts';
import { hostP256 } from '../../src/host/host-p256.ts';
import { certificateClient, certificateServer } from '../mbedtls-wasm/certificate-pair.ts';
import {
  clientOptions,
  firstDatagram,
  imported,
  makeEngine,
  seal,
  serverConnectionId,
  serverOptions,
  transportId,
  utf8,
} from '../mbedtls-wasm/pair.ts';
import type { Bench } from './bench.ts';
import { type Figure, inRounds, medianOf, processorSecondsOf, scaled } from './measure.ts';
import { recordFloor } from './record-floor.ts';

const message = new Uint8Array(100).fill(7);

export const engine: Bench = {
  name: 'engine',
  about: 'mbedTLS as WebAssembly, by itself',
  async run({ size }): Promise<readonly Figure[]> {
    const ends = new Ends();
    const withCertificates = new Ends('certificates');
    const { server, client } = ends.connected();
    const exported = server.export();
    const handshakes = scaled(size, 500);
    const records = scaled(size, 10_000);
    const copies = scaled(size, 500);
    const dear = scaled(size, 40, 5);
    return await inRounds(size, recordFloor(size), [
      { name: 'full handshake, server side', unit: 'seconds', measure: () => ends.handshakes(handshakes, 'full') },
      { name: 'abbreviated, server side', unit: 'seconds', measure: () => ends.handshakes(handshakes, 'short') },
      {
        name: 'full handshake with certificates, server side',
        unit: 'seconds',
        measure: () => withCertificates.handshakes(dear, 'full'),
      },
      {
        name: 'abbreviated with certificates, server side',
        unit: 'seconds',
        measure: () => withCertificates.handshakes(handshakes, 'short'),
      },
      {
        name: '100 bytes sealed and opened',
        unit: 'seconds',
        measure: () => processorSecondsOf(records, () => void server.receive(seal(client, message))),
      },
      { name: 'export', unit: 'seconds', measure: () => processorSecondsOf(copies, () => void server.export()) },
      {
        name: 'import, a record opened, export',
        unit: 'seconds',
        measure: () => ends.imports(copies, exported, seal(client, message)),
      },
      { name: 'linear memory, idle connection', unit: 'bytes', measure: () => idleBytes(scaled(size, 1_000, 20)) },
    ]);
  },
};

/**
 * Two engines, so that the memory of one is the server's alone. With certificates: a chain of one and its authority on both
 * sides, known from the handshake before; P-256 key pairs and secrets by the host's crypto, as in the gateway.
 */
class Ends {
  readonly engine = makeEngine(1, undefined, hostP256);
  private readonly sessions = new Map<string, Uint8Array>();
  private readonly cache: SessionCache = {
    get: (id) => this.sessions.get(toHex(id)),
    set: (id, session) => void this.sessions.set(toHex(id), session),
  };
  private readonly serverEndpoint;
  private readonly clientEndpoint;
  /** What the server's side of the latest handshake took. */
  private serverMs = 0;

  constructor(credentials: 'key' | 'certificates' = 'key') {
    const [server, client] = credentials === 'key' ? [{}, {}] : [certificateServer, certificateClient];
    this.serverEndpoint = this.engine.serverEndpoint({ ...serverOptions, ...server, sessions: this.cache });
    this.clientEndpoint = makeEngine(2, undefined, hostP256).clientEndpoint({ ...clientOptions, ...client });
  }

  /** A connection whose handshake is over on both sides and whose buffers are given back. */
  connected(session?: Uint8Array): { server: Connection; client: Connection } {
    this.serverMs = 0;
    const client = this.clientEndpoint.connect(session === undefined ? {} : { session });
    const hello = firstDatagram(client.start());
    const check = this.timed(() => this.serverEndpoint.checkClientHello(transportId, hello));
    assert.ok(check.kind === 'verify');
    const withCookie = firstDatagram(client.receive(check.datagram));
    assert.equal(this.timed(() => this.serverEndpoint.checkClientHello(transportId, withCookie)).kind, 'valid');
    const server = this.timed(() => this.serverEndpoint.accept({ transportId, connectionId: serverConnectionId }));
    const waiting = [withCookie];
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const datagram = next;
      for (const answer of this.timed(() => server.receive(datagram)).datagrams) {
        waiting.push(...client.receive(answer).datagrams);
      }
    }
    server.receive(seal(client, utf8('there')));
    assert.ok(server.established && this.timed(() => server.share()));
    return { server, client };
  }

  /** Seconds of the server's side for one handshake: the median, since each is too short for the processor's own account. */
  handshakes(count: number, kind: 'full' | 'short'): number {
    const first = this.connected();
    const session = kind === 'short' ? first.client.exportSession() : undefined;
    free(first);
    const times: number[] = [];
    for (let done = 0; done < count; done++) {
      const pair = this.connected(session);
      assert.equal(pair.server.resumed, kind === 'short');
      times.push(this.serverMs / 1_000);
      free(pair);
    }
    this.sessions.clear();
    return medianOf(times);
  }

  imports(count: number, exported: Uint8Array, record: Uint8Array): number {
    return processorSecondsOf(count, () => {
      const connection = imported(this.serverEndpoint.import(exported));
      assert.equal(connection.receive(record).plaintexts.length, 1);
      connection.export();
      connection.free();
    });
  }

  private timed<T>(work: () => T): T {
    const begun = performance.now();
    const result = work();
    this.serverMs += performance.now() - begun;
    return result;
  }
}

/** Memory grows by whole pages, so many connections share its growth. */
function idleBytes(count: number): number {
  const ends = new Ends();
  const open = (): void => ends.connected().client.free();
  const start = ends.engine.linearMemoryBytes;
  for (let tried = 0; ends.engine.linearMemoryBytes === start && tried < 1_000; tried++) open();
  const before = ends.engine.linearMemoryBytes;
  for (let opened = 0; opened < count; opened++) open();
  return (ends.engine.linearMemoryBytes - before) / count;
}

function free({ server, client }: { server: Connection; client: Connection }): void {
  server.free();
  client.free();
}
