/**
 * Two of our layers over a link that loses, doubles, delays and so reorders datagrams, against a model that says what must
 * hold: a request is carried out at most once; it ends exactly once, with the answer that it got there or with a time-out;
 * bodies arrive whole.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { utf8Encode } from '../../src/base/bytes.ts';
import { Coap } from '../../src/coap/coap.ts';
import type { CoapEvent, CoapOutput } from '../../src/coap/output.ts';
import { at, chance, entropyOf, peer } from './coap-world.ts';

interface Link {
  readonly loss: number;
  readonly doubling: number;
  readonly delayMs: number;
}

interface Wish {
  readonly atMs: number;
  /** How long the other side takes to answer. */
  readonly workMs: number;
  readonly bodyBytes: number;
  readonly answerBytes: number;
}

const links = fc.record({
  loss: fc.constantFrom(0, 0.1, 0.4, 0.9),
  doubling: fc.constantFrom(0, 0.3),
  delayMs: fc.constantFrom(10, 1_000, 5_000),
});
const wishes = fc.array(
  fc.record({
    atMs: fc.integer({ min: 0, max: 30_000 }),
    workMs: fc.constantFrom(0, 400, 1_600, 8_000),
    bodyBytes: fc.constantFrom(0, 10, 40, 100),
    answerBytes: fc.constantFrom(0, 10, 40, 100),
  }),
  { minLength: 1, maxLength: 8 },
);

test('any link, any requests: carried out at most once, answered or timed out, bodies whole', () => {
  fc.assert(
    fc.property(links, wishes, fc.integer(), (link, list, seed) => {
      const world = new World(link, seed);
      for (const [index, wish] of list.entries()) world.plan(wish.atMs, () => world.ask(index, wish));
      world.run();
      for (const index of list.keys()) world.check(index, link);
      for (const coap of [world.client, world.server]) {
        const { exchangesOpen, unacknowledged, requestsPending } = coap.statistics();
        assert.deepEqual([exchangesOpen, unacknowledged, requestsPending], [0, 0, 0]);
      }
    }),
    { numRuns: 150, seed: 42 },
  );
});

/** Two endpoints, the link between them, and a clock that jumps from one thing to the next. */
class World {
  readonly client = endpoint(1);
  readonly server = endpoint(2);
  private readonly link: Link;
  private readonly random: () => number;
  private readonly agenda: { readonly at: number; readonly order: number; readonly run: () => void }[] = [];
  private now = 0;
  private orders = 0;
  private readonly carriedOut = new Map<string, number>();
  private readonly ends = new Map<number, CoapEvent[]>();
  private readonly ids = new Map<number, number>();
  private readonly wishes = new Map<number, Wish>();

  constructor(link: Link, seed: number) {
    this.link = link;
    this.random = chance(seed);
  }

  plan(atMs: number, run: () => void): void {
    this.agenda.push({ at: atMs, order: this.orders++, run });
  }

  run(): void {
    for (let steps = 0; steps < 100_000; steps++) {
      this.agenda.sort((a, b) => a.at - b.at || a.order - b.order);
      const next = this.agenda[0];
      const deadlines = [this.client.nextDeadline(), this.server.nextDeadline()].map((due) => due ?? Infinity);
      const at0 = Math.min(next?.at ?? Infinity, ...deadlines);
      if (at0 === Infinity) return;
      this.now = Math.max(this.now, at0);
      if (next !== undefined && next.at <= this.now) {
        this.agenda.shift();
        next.run();
      }
      this.clientSteps(this.client.advance(at(this.now)));
      this.serverSteps(this.server.advance(at(this.now)));
    }
    assert.fail('the world does not come to rest');
  }

  ask(index: number, wish: Wish): void {
    const payload = bodyOf(index, wish.bodyBytes);
    const made = this.client.request(peer, { method: 'POST', path: [`${index}`], payload }, {}, at(this.now));
    assert.ok('id' in made);
    this.ids.set(made.id, index);
    this.wishes.set(index, wish);
    this.clientSteps(made.output);
  }

  check(index: number, link: Link): void {
    assert.ok((this.carriedOut.get(`${index}`) ?? 0) <= 1, `request ${index} was carried out twice`);
    const ends = this.ends.get(index) ?? [];
    assert.equal(ends.length, 1, `request ${index} ended ${ends.length} times`);
    const end = ends[0];
    if (end?.kind === 'response') {
      assert.equal(end.response.code, '2.04');
      assert.deepEqual(end.response.payload, bodyOf(index, this.wishes.get(index)?.answerBytes ?? 0));
      assert.equal(this.carriedOut.get(`${index}`), 1);
    } else assert.ok(end?.kind === 'failed' && end.reason === 'timeout' && link.loss > 0, JSON.stringify(end));
  }

  private clientSteps(output: CoapOutput): void {
    this.carry(output, (bytes) => this.serverSteps(this.server.receive(peer, 1, bytes, at(this.now))));
    for (const event of output.events) {
      assert.ok(event.kind === 'response' || event.kind === 'failed', event.kind);
      const index = this.ids.get(event.id) as number;
      this.ends.set(index, [...(this.ends.get(index) ?? []), event]);
    }
  }

  private serverSteps(output: CoapOutput): void {
    this.carry(output, (bytes) => this.clientSteps(this.client.receive(peer, 1, bytes, at(this.now))));
    for (const event of output.events) {
      assert.ok(event.kind === 'request', event.kind);
      const index = event.request.path[0] ?? '';
      const wish = this.wishes.get(Number(index));
      this.carriedOut.set(index, (this.carriedOut.get(index) ?? 0) + 1);
      assert.deepEqual(event.request.payload, bodyOf(Number(index), wish?.bodyBytes ?? 0));
      const payload = bodyOf(Number(index), wish?.answerBytes ?? 0);
      this.plan(this.now + (wish?.workMs ?? 0), () =>
        this.serverSteps(this.server.respond(peer, event.exchange, { code: '2.04', payload }, at(this.now))),
      );
    }
  }

  private carry(output: CoapOutput, deliver: (bytes: Uint8Array) => void): void {
    for (const { bytes } of output.send) {
      const copies = (this.random() < this.link.loss ? 0 : 1) + (this.random() < this.link.doubling ? 1 : 0);
      for (let copy = 0; copy < copies; copy++)
        this.plan(this.now + Math.floor(this.random() * this.link.delayMs), () => deliver(bytes));
    }
  }
}

function endpoint(seed: number): Coap {
  return new Coap({ entropy: entropyOf(seed), parameters: { blockBytes: 16 } });
}

function bodyOf(index: number, bytes: number): Uint8Array {
  return utf8Encode(`${index}`.repeat(bytes));
}
