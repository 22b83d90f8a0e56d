/**
 * Two of our layers, a link between them that loses, doubles, delays and so reorders datagrams, and for each a store that
 * survives it: either may die at any time, is away for a while, and begins anew with what its store holds.
 *
 * The client keeps each request from the moment its message is ready on, before that leaves. The server carries a request out and
 * keeps message and answer in one commit, before it answers. What was not kept is lost with the life that knew it.
 */
import assert from 'node:assert/strict';
import { utf8Encode } from '../../src/base/bytes.ts';
import { limits } from '../../src/base/limits.ts';
import { Coap } from '../../src/coap/coap.ts';
import type { CoapEvent, CoapOutput, RequestId } from '../../src/coap/output.ts';
import type { IncomingRequest } from '../../src/coap/request.ts';
import { at, chance, entropyOf, peer } from './coap-world.ts';

export interface Link {
  readonly loss: number;
  readonly doubling: number;
  readonly delayMs: number;
}

export interface Wish {
  readonly atMs: number;
  /** How long the other side takes to carry it out, and from there to its answer. */
  readonly workMs: number;
  readonly answerMs: number;
  readonly bodyBytes: number;
  readonly answerBytes: number;
}

export interface Death {
  readonly atMs: number;
  readonly side: 'client' | 'server';
  readonly awayMs: number;
}

/** How a request of the client ended. `in-doubt`: it died, and what became of the request is not known. */
export type End = Extract<CoapEvent, { kind: 'response' | 'failed' | 'late-response' }> | { readonly kind: 'in-doubt' };

interface KeptRequest {
  readonly index: number;
  readonly token: Uint8Array;
  readonly at: number;
  /** Of a request that is one message. */
  readonly bytes: Uint8Array | undefined;
}

interface KeptAnswer {
  readonly request: IncomingRequest;
  readonly arrivedAt: number;
  readonly payload: Uint8Array;
}

/** One endpoint in one of its lives. */
class Life {
  readonly coap: Coap;
  isOver = false;
  /** Which wish a request is for. */
  readonly requests = new Map<RequestId, number>();

  constructor(generation: number, seed: number) {
    this.coap = new Coap({ entropy: entropyOf(seed + 2 * generation), parameters: { blockBytes: 16 } });
    this.coap.setMessageIdRange(generation % 8);
  }
}

export class ModelWorld {
  readonly lives = { client: new Life(0, 1), server: new Life(0, 2) };
  readonly wishes: readonly Wish[];
  readonly deaths = { client: 0, server: 0 };
  readonly carriedOut = new Map<number, number>();
  readonly ends = new Map<number, End[]>();
  /** When each ended for the first time. */
  readonly endedAt = new Map<number, number>();
  private readonly link: Link;
  private readonly random: () => number;
  private readonly agenda: { readonly at: number; readonly order: number; readonly run: () => void }[] = [];
  private readonly backAt = { client: 0, server: 0 };
  private readonly kept = { requests: new Map<number, KeptRequest>(), answers: [] as KeptAnswer[] };
  private now = 0;
  private orders = 0;

  constructor(link: Link, wishes: readonly Wish[], deaths: readonly Death[], seed: number) {
    this.link = link;
    this.wishes = wishes;
    this.random = chance(seed);
    for (const [index, { atMs }] of wishes.entries()) this.plan(atMs, () => this.ask(index));
    for (const death of deaths) this.plan(death.atMs, () => this.die(death));
  }

  /** Until nothing more is to come. */
  run(): void {
    for (let steps = 0; steps < 100_000; steps++) {
      this.agenda.sort((a, b) => a.at - b.at || a.order - b.order);
      const { client, server } = this.lives;
      const due = [client, server].map((life) => (life.isOver ? undefined : life.coap.nextDeadline()) ?? Infinity);
      const next = Math.min(this.agenda[0]?.at ?? Infinity, ...due);
      if (next === Infinity) return;
      this.now = Math.max(this.now, next);
      if ((this.agenda[0]?.at ?? Infinity) <= this.now) this.agenda.shift()?.run();
      for (const side of ['client', 'server'] as const)
        if (!this.lives[side].isOver) this.take(side, this.lives[side].coap.advance(at(this.now)));
    }
    assert.fail('the world does not come to rest');
  }

  bodyOf(index: number): Uint8Array {
    return utf8Encode(`${index}`.repeat(this.wishes[index]?.bodyBytes ?? 0));
  }

  answerOf(index: number): Uint8Array {
    return utf8Encode(`${index}`.repeat(this.wishes[index]?.answerBytes ?? 0));
  }

  private plan(atMs: number, run: () => void): void {
    this.agenda.push({ at: atMs, order: this.orders++, run });
  }

  /** Only if this life lasts until then. */
  private planIn(life: Life, afterMs: number, run: () => void): void {
    this.plan(this.now + afterMs, () => {
      if (!life.isOver) run();
    });
  }

  private ask(index: number): void {
    const life = this.lives.client;
    if (life.isOver) return this.plan(this.backAt.client + 1, () => this.ask(index));
    const request = { method: 'POST', path: [`${index}`], payload: this.bodyOf(index) } as const;
    const made = life.coap.request(peer, request, { held: true, keepsAnswer: true }, at(this.now));
    assert.ok('id' in made);
    life.requests.set(made.id, index);
    this.take('client', made.output);
  }

  private die({ side, awayMs }: Death): void {
    const life = this.lives[side];
    if (life.isOver) return;
    life.isOver = true;
    this.backAt[side] = this.now + awayMs;
    this.plan(this.backAt[side], () => this.begin(side));
  }

  private begin(side: 'client' | 'server'): void {
    this.deaths[side]++;
    const before = this.lives[side];
    const life = new Life(this.deaths[side], side === 'client' ? 1 : 2);
    this.lives[side] = life;
    if (side === 'server') return this.rememberAnswers(life);
    const kept = [...this.kept.requests.values()];
    for (const request of kept) if (!this.ends.has(request.index)) this.takeUp(life, request);
    for (const index of before.requests.values())
      if (!kept.some((request) => request.index === index) && !this.ends.has(index)) this.ask(index);
  }

  private rememberAnswers({ coap }: Life): void {
    for (const { request, arrivedAt, payload } of this.kept.answers) {
      const { messageId, token, digest } = request;
      const answer = { code: '2.04', payload } as const;
      const ageMs = this.now - arrivedAt;
      coap.rememberMessage(peer, { messageId, token, digest, association: 1, answer, ageMs }, at(this.now));
    }
  }

  private takeUp(life: Life, { index, token, bytes, at: keptAt }: KeptRequest): void {
    const ageMs = this.now - keptAt;
    if (bytes === undefined || ageMs > limits.maxTransmitSpanMs) {
      life.coap.awaitLate(peer, token, at(this.now));
      return this.end(index, { kind: 'in-doubt' });
    }
    const resumed = life.coap.resumeRequest(peer, { bytes, ageMs }, at(this.now));
    assert.ok('id' in resumed);
    life.requests.set(resumed.id, index);
    this.take('client', resumed.output);
  }

  private take(side: 'client' | 'server', output: CoapOutput): void {
    const other = side === 'client' ? 'server' : 'client';
    for (const { bytes } of output.send) this.carry(other, bytes);
    for (const event of output.events)
      if (side === 'client') this.onClientEvent(event);
      else this.onServerEvent(event);
  }

  private onClientEvent(event: CoapEvent): void {
    const life = this.lives.client;
    if (event.kind === 'ready') this.keep(life, event);
    else if (event.kind === 'unknown-token') this.take('client', life.coap.reject(peer, event.exchange));
    else {
      assert.ok(event.kind === 'response' || event.kind === 'failed' || event.kind === 'late-response', event.kind);
      const index = event.kind === 'late-response' ? this.indexOf(event.token) : life.requests.get(event.id);
      this.end(index as number, event);
      const owed = event.kind === 'failed' ? undefined : event.owed;
      if (owed !== undefined) this.take('client', life.coap.acknowledge(peer, owed));
    }
  }

  private keep(life: Life, { id, token, bytes, isWhole }: Extract<CoapEvent, { kind: 'ready' }>): void {
    const index = life.requests.get(id) as number;
    this.kept.requests.set(index, { index, token, at: this.now, bytes: isWhole ? bytes : undefined });
    this.planIn(life, 5, () => this.take('client', life.coap.release(id, at(this.now))));
  }

  private onServerEvent(event: CoapEvent): void {
    assert.ok(event.kind === 'request', event.kind);
    const life = this.lives.server;
    const { request, exchange } = event;
    const index = Number(request.path[0]);
    const arrivedAt = this.now;
    const payload = this.answerOf(index);
    assert.deepEqual(request.payload, this.bodyOf(index), 'the body has come whole');
    this.planIn(life, this.wishes[index]?.workMs ?? 0, () => {
      this.carriedOut.set(index, (this.carriedOut.get(index) ?? 0) + 1);
      this.kept.answers.push({ request, arrivedAt, payload });
      this.planIn(life, this.wishes[index]?.answerMs ?? 0, () =>
        this.take('server', life.coap.respond(peer, exchange, { code: '2.04', payload }, at(this.now))),
      );
    });
  }

  private end(index: number, end: End): void {
    if (end.kind !== 'in-doubt' && end.kind !== 'late-response') this.kept.requests.delete(index);
    this.ends.set(index, [...(this.ends.get(index) ?? []), end]);
    if (!this.endedAt.has(index)) this.endedAt.set(index, this.now);
  }

  private indexOf(token: Uint8Array): number | undefined {
    return [...this.kept.requests.values()].find((kept) => kept.token.join() === token.join())?.index;
  }

  private carry(to: 'client' | 'server', bytes: Uint8Array): void {
    const copies = (this.random() < this.link.loss ? 0 : 1) + (this.random() < this.link.doubling ? 1 : 0);
    for (let copy = 0; copy < copies; copy++)
      this.plan(this.now + Math.floor(this.random() * this.link.delayMs), () => {
        const life = this.lives[to];
        if (!life.isOver) this.take(to, life.coap.receive(peer, 1, bytes, at(this.now)));
      });
  }
}
