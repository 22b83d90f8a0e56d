/** Any interleaving of traffic, loss, export and import on either side keeps both talking and repeats no sequence number. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Connection } from 'mbedtls-wasm';
import { establish, freePair, generator, imported, makeEngine, type Pair, seal, settle, talk, text } from './pair.ts';

type Side = 'client' | 'server';

test('traffic, loss, export and import interleave without harm', () => {
  const engine = makeEngine();
  for (let seed = 1; seed <= 60; seed++) {
    const pair = establish({ engine, client: { connectionId: seed % 2 === 0 } });
    new Interleaving(pair, generator(seed)).run(80);
    talk(pair);
    freePair(pair);
  }
});

/** The steps of one run. An import goes back to an older export, with a floor above everything that was sent. */
class Interleaving {
  private readonly pair: Pair;
  private readonly next: () => number;
  private readonly exports: Record<Side, Uint8Array>;
  private readonly windows: Record<Side, Uint8Array>;
  private readonly sent: Record<Side, Set<string>> = { client: new Set(), server: new Set() };
  private readonly delivered: Record<Side, Set<string>> = { client: new Set(), server: new Set() };
  private readonly late: { to: Side; datagram: Uint8Array }[] = [];
  private count = 0;

  constructor(pair: Pair, next: () => number) {
    this.pair = pair;
    this.next = next;
    this.exports = { client: pair.client.export(), server: pair.server.export() };
    this.windows = { client: pair.client.receiveWindow(), server: pair.server.receiveWindow() };
  }

  run(steps: number): void {
    for (let step = 0; step < steps; step++) {
      const side: Side = this.next() < 0.5 ? 'client' : 'server';
      const chance = this.next();
      if (chance < 0.55) this.send(side);
      else if (chance < 0.7) this.deliverLate();
      else if (chance < 0.8) this.exports[side] = this.pair[side].export();
      else if (chance < 0.9) this.restart(side);
      else this.pair[side].share();
    }
  }

  private send(side: Side): void {
    const plaintext = `${side} ${++this.count}`;
    const datagram = seal(this.pair[side], plaintext);
    const number = Buffer.from(datagram.subarray(3, 11)).toString('hex');
    assert.ok(!this.sent[side].has(number), `${side} repeats ${number}`);
    this.sent[side].add(number);
    const to: Side = side === 'client' ? 'server' : 'client';
    const chance = this.next();
    if (chance < 0.6) this.deliver(to, datagram);
    if (chance > 0.5 && chance < 0.8) this.late.push({ to, datagram });
  }

  private deliver(to: Side, datagram: Uint8Array): void {
    const progress = this.pair[to].receive(datagram);
    this.windows[to] = this.pair[to].receiveWindow();
    for (const plaintext of progress.plaintexts.map(text)) {
      assert.ok(!this.delivered[to].has(plaintext), `${to} took ${plaintext} twice`);
      this.delivered[to].add(plaintext);
    }
    settle(this.pair.server, this.pair.client, undefined, undefined);
  }

  private deliverLate(): void {
    const [entry] = this.late.splice(Math.floor(this.next() * this.late.length), 1);
    if (entry !== undefined) this.deliver(entry.to, entry.datagram);
  }

  private restart(side: Side): void {
    const old: Connection = this.pair[side];
    const endpoint = side === 'client' ? this.pair.clientEndpoint : this.pair.serverEndpoint;
    const floor = old.sendSequence + Math.floor(this.next() * 65_536);
    const fresh = imported(endpoint.import(this.exports[side]), floor);
    fresh.setReceiveWindow(this.windows[side]);
    old.free();
    this.pair[side] = fresh;
  }
}
