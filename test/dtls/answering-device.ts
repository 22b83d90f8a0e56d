/**
 * A device that shakes hands in both roles: it opens handshakes, and answers those of the gateway. What it does when both are
 * under way at once differs from device to device, and is what the tests try.
 */
import {
  type CertificateOptions,
  type ClientEndpoint,
  type Connection,
  certificateSuites,
  DtlsError,
  type Engine,
  type Progress,
  type ServerEndpoint,
} from 'mbedtls-wasm';
import type { Address } from '../../src/base/address.ts';
import { toHex, utf8Decode, utf8Encode } from '../../src/base/bytes.ts';
import type { Clock } from '../mbedtls-wasm/pair.ts';

/**
 * When the gateway begins while its own handshake is open: `both` go on; it `yields` and gives its own up; it `insists` and
 * does not answer.
 */
export type Temper = 'both' | 'yields' | 'insists';

export interface AnsweringOptions {
  readonly identity: string;
  readonly key: Uint8Array;
  readonly address: Address;
  readonly temper: Temper;
  readonly connectionId: boolean;
  /** It gives session ids, and takes sessions up again. */
  readonly resumes: boolean;
  /** It has a certificate, and no key. */
  readonly certificates?: CertificateOptions;
}

export class AnsweringDevice {
  readonly address: Address;
  /** What it read, and over which connection. */
  readonly received: string[] = [];
  handshakes = 0;
  resumptions = 0;
  /** The connection that was established last: it sends over this one alone, and keeps no other. */
  current: Connection | undefined;
  private own: Connection | undefined;
  private answering: Connection | undefined;
  /** Of the ClientHello that it answered last. */
  private answeredRandom = '';
  private readonly usesConnectionId: boolean;
  private readonly sessions = new Map<string, Uint8Array>();
  private readonly clientEndpoint: ClientEndpoint;
  private readonly serverEndpoint: ServerEndpoint;
  private readonly clock: Clock;
  private readonly temper: Temper;
  private readonly transportId = utf8Encode('gateway');
  private readonly send: (datagram: Uint8Array) => void;

  constructor(engine: Engine, clock: Clock, o: AnsweringOptions, send: (datagram: Uint8Array) => void) {
    this.clock = clock;
    this.address = o.address;
    this.temper = o.temper;
    this.usesConnectionId = o.connectionId;
    this.send = send;
    const { certificates, identity, key } = o;
    const ofKey = { suites: ['TLS_PSK_WITH_AES_128_CCM_8'] } as const;
    const proof = certificates === undefined ? ofKey : { suites: certificateSuites, certificates };
    const psk = certificates === undefined ? { psk: { identity: utf8Encode(identity), key } } : {};
    this.clientEndpoint = engine.clientEndpoint({ ...proof, ...psk, connectionId: o.connectionId });
    const sessions = {
      get: (id: Uint8Array) => this.sessions.get(toHex(id)),
      set: (id: Uint8Array, session: Uint8Array) => void this.sessions.set(toHex(id), session),
    };
    this.serverEndpoint = engine.serverEndpoint({
      ...proof,
      connectionIdLength: 0,
      psk: (named) => (utf8Decode(named) === identity ? key : undefined),
      ...(o.resumes && { sessions }),
    });
  }

  /** Begins a handshake of its own. */
  open(): void {
    this.free(this.own);
    this.own = this.clientEndpoint.connect();
    this.take(this.own, this.own.start());
  }

  get isOpening(): boolean {
    return this.own !== undefined;
  }

  nextTimeout(): number | undefined {
    const open = [this.current, this.answering, this.own].filter((connection) => connection !== undefined);
    const times = open.map((connection) => connection.nextTimeoutAtMs).filter((at) => at !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  say(text: string): void {
    const sealed = this.current?.seal(utf8Encode(text));
    if (sealed !== undefined && !(sealed instanceof DtlsError)) this.send(sealed);
  }

  receive(datagram: Uint8Array): void {
    if (datagram[0] === 22 && datagram[4] === 0 && datagram[13] === 1) return this.greeted(datagram);
    // It cannot know whose a record is: each takes what it can.
    for (const connection of [this.current, this.answering, this.own]) {
      if (connection === undefined || !this.holds(connection)) continue;
      if (isForeign(datagram, connection === this.own ? 'client' : 'server', connection)) continue;
      this.take(connection, connection.receive(datagram));
    }
  }

  /** Time-outs that are due now. */
  advance(): void {
    for (const connection of [this.current, this.answering, this.own]) {
      if (connection === undefined || !this.holds(connection)) continue;
      const at = connection.nextTimeoutAtMs;
      if (at !== undefined && at <= this.clock.monotonicMs) this.take(connection, connection.timeout());
    }
  }

  private greeted(datagram: Uint8Array): void {
    if (this.temper === 'insists' && this.own !== undefined) return;
    const check = this.serverEndpoint.checkClientHello(this.transportId, datagram);
    if (check.kind === 'verify') return this.send(check.datagram);
    if (check.kind === 'drop') return;
    if (this.temper === 'yields') {
      this.free(this.own);
      this.own = undefined;
    }
    const random = toHex(datagram.subarray(27, 59));
    if (this.answering === undefined || random !== this.answeredRandom) {
      this.free(this.answering);
      const connectionId = this.usesConnectionId ? { connectionId: new Uint8Array(0) } : {};
      this.answering = this.serverEndpoint.accept({ transportId: this.transportId, ...connectionId });
      this.answeredRandom = random;
    }
    this.take(this.answering, this.answering.receive(datagram));
  }

  private take(connection: Connection, progress: Progress): void {
    for (const datagram of progress.datagrams) this.send(datagram);
    if (progress.established) this.established(connection);
    for (const plaintext of progress.plaintexts) this.received.push(utf8Decode(plaintext) ?? '?');
    if (progress.ended === undefined) return;
    if (connection === this.own) this.own = undefined;
    if (connection === this.answering) this.answering = undefined;
    if (connection === this.current) this.current = undefined;
    connection.free();
  }

  private established(connection: Connection): void {
    this.handshakes++;
    if (connection.resumed) this.resumptions++;
    const before = this.current;
    this.current = connection;
    if (connection === this.own) this.own = undefined;
    if (connection === this.answering) this.answering = undefined;
    this.free(before);
  }

  private holds(connection: Connection): boolean {
    return connection === this.current || connection === this.answering || connection === this.own;
  }

  private free(connection: Connection | undefined): void {
    connection?.free();
  }
}

const ofServers = new Set([2, 3, 4, 12, 13, 14]);

/** A flight of epoch 0 that this side cannot be the receiver of. */
function isForeign(datagram: Uint8Array, role: 'client' | 'server', connection: Connection): boolean {
  if (connection.established || datagram[0] !== 22 || datagram[4] !== 0) return false;
  return ofServers.has(datagram[13] ?? 0) === (role === 'server');
}
