/**
 * Any interleaving of traffic, loss, repetition, export, import and time on either side keeps both talking, and no protected
 * record that leaves, those of flights sent again included, repeats a sequence number under one key.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  ClientEndpoint,
  ClientEndpointOptions,
  Connection,
  ServerEndpoint,
  ServerEndpointOptions,
} from 'mbedtls-wasm';
import { certificateClient, certificateServer } from './certificate-pair.ts';
import {
  type Clock,
  clientOptions,
  firstDatagram,
  generator,
  imported,
  makeEngine,
  seal,
  serverConnectionId,
  serverOptions,
  talk,
  text,
  transportId,
} from './pair.ts';
import { seededP256 } from './seeded-p256.ts';

type Side = 'client' | 'server';
const sides = ['client', 'server'] as const;
const otherSide = { client: 'server', server: 'client' } as const;

/** One process: an engine and both endpoints in it. */
interface Process {
  client: ClientEndpoint;
  server: ServerEndpoint;
}

const clock: Clock = { monotonicMs: 0, wallMs: 0 };

interface Credentials {
  client: Partial<ClientEndpointOptions>;
  server: Partial<ServerEndpointOptions>;
}

function makeProcess(seed: number, { client, server }: Credentials): Process {
  const engine = makeEngine(seed, clock, seededP256(seed));
  return {
    client: engine.clientEndpoint({ ...clientOptions, ...client }),
    server: engine.serverEndpoint({ ...serverOptions, ...server }),
  };
}

const variants: readonly (readonly [string, Credentials])[] = [
  ['with CID', { client: {}, server: {} }],
  ['without CID', { client: { connectionId: false }, server: {} }],
  ['with certificates', { client: certificateClient, server: certificateServer }],
];

for (const [variant, credentials] of variants) {
  test(`traffic, loss, time, export and import interleave without harm (${variant})`, () => {
    const processes = [1, 2].map((seed) => makeProcess(seed, credentials));
    for (let seed = 1; seed <= 100; seed++) {
      const run = new Interleaving(processes, generator(seed));
      run.begin(seed % 3 === 0);
      run.steps(80);
      run.finish();
    }
  });
}

/** The steps of one run. An import goes back to an older export, in any process, with a floor above everything sent. */
class Interleaving {
  private readonly processes: readonly Process[];
  private readonly next: () => number;
  private readonly ends: Record<Side, Connection>;
  private readonly first: Process;
  private readonly exports: Partial<Record<Side, Uint8Array>> = {};
  private readonly windows: Partial<Record<Side, Uint8Array>> = {};
  private readonly sent: Record<Side, Set<string>> = { client: new Set(), server: new Set() };
  private readonly delivered: Record<Side, Set<string>> = { client: new Set(), server: new Set() };
  private readonly late: { to: Side; datagram: Uint8Array }[] = [];
  private count = 0;

  constructor(processes: readonly Process[], next: () => number) {
    this.processes = processes;
    this.next = next;
    this.first = this.anyProcess();
    const server = this.first.server.accept({ transportId, connectionId: serverConnectionId });
    this.ends = { client: this.anyProcess().client.connect(), server };
  }

  /** The handshake, with the server's last flight lost or not. */
  begin(lastFlightLost: boolean): void {
    const { client, server } = this.ends;
    const check = this.first.server.checkClientHello(transportId, firstDatagram(client.start()));
    assert.ok(check.kind === 'verify');
    const greeting = firstDatagram(client.receive(check.datagram));
    const flight = this.leaving('server', server.receive(greeting).datagrams);
    const answer = flight.flatMap((datagram) => this.leaving('client', client.receive(datagram).datagrams));
    const last = answer.flatMap((datagram) => this.leaving('server', server.receive(datagram).datagrams));
    if (!lastFlightLost) for (const datagram of last) this.deliver('client', datagram);
    assert.deepEqual([client.established, server.established], [!lastFlightLost, true]);
  }

  steps(count: number): void {
    for (let step = 0; step < count; step++) {
      const side = this.next() < 0.5 ? 'client' : 'server';
      const chance = this.next();
      if (chance < 0.5) this.send(side);
      else if (chance < 0.65) this.deliverLate();
      else if (chance < 0.75) this.export(side);
      else if (chance < 0.85) this.restart(side);
      else if (chance < 0.95) this.elapse();
      else this.ends[side].share();
    }
  }

  /** Both still talk, whatever happened. */
  finish(): void {
    for (let turn = 0; turn < 10 && !this.ends.client.established; turn++) this.elapse();
    talk(this.ends);
    for (const side of sides) this.ends[side].free();
  }

  private anyProcess(): Process {
    const process = this.processes[Math.floor(this.next() * this.processes.length)];
    assert.ok(process);
    return process;
  }

  private send(side: Side): void {
    if (!this.ends[side].established) return;
    const datagram = seal(this.ends[side], `${side} ${++this.count}`);
    this.leaving(side, [datagram]);
    const to = otherSide[side];
    const chance = this.next();
    if (chance < 0.6) this.deliver(to, datagram);
    if (chance > 0.5 && chance < 0.8) this.late.push({ to, datagram });
  }

  private deliver(to: Side, datagram: Uint8Array): void {
    const progress = this.ends[to].receive(datagram);
    assert.equal(progress.ended, undefined);
    if (this.ends[to].established) this.windows[to] = this.ends[to].receiveWindow();
    for (const plaintext of progress.plaintexts.map(text)) {
      assert.ok(!this.delivered[to].has(plaintext), `${to} took ${plaintext} twice`);
      this.delivered[to].add(plaintext);
    }
    for (const answer of this.leaving(to, progress.datagrams)) this.deliver(otherSide[to], answer);
  }

  private deliverLate(): void {
    const [entry] = this.late.splice(Math.floor(this.next() * this.late.length), 1);
    if (entry !== undefined) this.deliver(entry.to, entry.datagram);
  }

  /** Time-outs are served; what they send arrives. */
  private elapse(): void {
    clock.monotonicMs += 1_000 + this.next() * 4_000;
    for (const side of sides) {
      const end = this.ends[side];
      if ((end.nextTimeoutAtMs ?? Number.POSITIVE_INFINITY) > clock.monotonicMs) continue;
      const progress = end.timeout();
      for (const datagram of this.leaving(side, progress.datagrams)) this.deliver(otherSide[side], datagram);
    }
  }

  private export(side: Side): void {
    if (this.ends[side].established) this.exports[side] = this.ends[side].export();
  }

  /** Not before both are established: an export holds no flight that could be sent again. */
  private restart(side: Side): void {
    const exported = this.exports[side];
    if (exported === undefined || !this.ends.client.established) return;
    const old = this.ends[side];
    const floor = old.sendSequence + Math.floor(this.next() * 65_536);
    const fresh = imported(this.anyProcess()[side].import(exported), floor);
    const window = this.windows[side];
    if (window !== undefined) fresh.setReceiveWindow(window);
    old.free();
    this.ends[side] = fresh;
  }

  /** Notes the sequence number of each protected record. */
  private leaving(side: Side, datagrams: readonly Uint8Array[]): readonly Uint8Array[] {
    for (const datagram of datagrams) {
      for (const number of protectedNumbers(datagram)) {
        assert.ok(!this.sent[side].has(number), `${side} repeats ${number}`);
        this.sent[side].add(number);
      }
    }
    return datagrams;
  }
}

/** Epoch and sequence number of each protected record of a datagram, in hex (RFC 6347 section 4.1, RFC 9146 section 4). */
function protectedNumbers(datagram: Uint8Array): string[] {
  const found: string[] = [];
  const bytes = Buffer.from(datagram);
  for (let at = 0; at < bytes.length; ) {
    const idLength = bytes[at] === 25 ? serverConnectionId.length : 0;
    if (bytes.readUInt16BE(at + 3) > 0) found.push(bytes.toString('hex', at + 3, at + 11));
    at += 13 + idLength + bytes.readUInt16BE(at + 11 + idLength);
  }
  return found;
}
