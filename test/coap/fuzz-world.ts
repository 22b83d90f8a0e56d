/** A CoAP layer at work that is sent random datagrams, and good ones with bytes changed, cut and added. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fromHex } from '../../src/base/bytes.ts';
import { dropReasons } from '../../src/base/drop-reason.ts';
import { limits } from '../../src/base/limits.ts';
import type { Coap } from '../../src/coap/coap.ts';
import type { CoapOutput } from '../../src/coap/output.ts';
import { at, chance, newCoap, peer, read } from './coap-world.ts';

/** Throws when something leaves the layer that should not, or grows beyond its limit. The number of events it gave. */
export function fuzzCoap(datagrams: number, seed: number, progress: (done: number) => void = () => undefined): number {
  const random = chance(seed);
  const corpus = vectors();
  const coap = newCoap();
  let now = 0;
  let reached = 0;
  for (let i = 0; i < datagrams; i++) {
    now += Math.floor(random() * 50);
    keepBusy(coap, i, now, corpus);
    const bytes = random() < 0.2 ? randomDatagram(random) : mutated(pick(random, corpus), random);
    const output = coap.receive(peer, Math.floor(now / 100_000), bytes, at(now));
    reached += output.events.length;
    for (const { reason } of output.drops) assert.ok(dropReasons.includes(reason));
    decide(coap, output, random, now);
    decide(coap, coap.advance(at(now)), random, now);
    if (i % 1_000 === 0) {
      assertBounded(coap);
      progress(i);
    }
  }
  progress(datagrams);
  settleDown(coap, now);
  return reached;
}

/** Now and then a request, an observation, and the peer's view of what we sent, to be mutated as well. */
function keepBusy(coap: Coap, i: number, now: number, corpus: Uint8Array[]): void {
  if (i % 20 !== 0) return;
  const payload = new Uint8Array(i % 3 === 0 ? 40 : 0);
  const observe = i % 40 === 0 ? ({ observe: 0 } as const) : {};
  const request = { method: 'GET', path: ['3'], payload, ...observe } as const;
  const made = coap.request(peer, request, { parameters: { blockBytes: 16 } }, at(now));
  if (!('id' in made)) return;
  for (const { bytes } of made.output.send) {
    const answer = bytes.slice();
    answer[0] = ((answer[0] as number) & 0x4f) | (i % 60 === 0 ? 0x40 : 0x60);
    answer[1] = i % 80 === 0 ? 0x5f : 0x45;
    corpus[i % corpus.length] = answer;
  }
}

function decide(coap: Coap, output: CoapOutput, random: () => number, now: number): void {
  for (const { bytes } of output.send) read(bytes);
  for (const event of output.events) {
    if (!('exchange' in event)) continue;
    const choice = random();
    if (choice < 0.1) coap.ignore(peer, event.exchange);
    else if (event.kind === 'request')
      coap.respond(peer, event.exchange, { code: '2.05', payload: new Uint8Array(choice < 0.2 ? 2_000 : 3) }, at(now));
    else if (choice < 0.3) coap.reject(peer, event.exchange);
    else if (choice < 0.9) coap.acknowledge(peer, event.exchange);
  }
}

function assertBounded(coap: Coap): void {
  const statistics = coap.statistics();
  assert.ok(statistics.exchangesOpen <= limits.exchangesPerPeerMax);
  assert.ok(statistics.exchangesRemembered <= limits.duplicatesPerPeerMax);
  assert.ok(statistics.requestsPending <= limits.requestsQueuedPerPeerMax + 1);
  assert.ok(statistics.observations <= limits.observationTokensPerPeerMax);
  assert.ok(statistics.transfers <= 2 * limits.transfersPerPeerMax);
}

/** When nothing more comes, everything ends by its deadline. */
function settleDown(coap: Coap, now: number): void {
  coap.forgetPeer(peer, at(now));
  for (let later = now; later < now + 2_000_000; later += 10_000) coap.advance(at(later));
  assert.equal(coap.nextDeadline(), undefined);
  const { exchangesOpen, exchangesRemembered, unacknowledged, requestsPending, transfers } = coap.statistics();
  assert.deepEqual(
    { exchangesOpen, exchangesRemembered, unacknowledged, requestsPending, transfers },
    { exchangesOpen: 0, exchangesRemembered: 0, unacknowledged: 0, requestsPending: 0, transfers: 0 },
  );
}

export function vectors(): Uint8Array[] {
  const all = JSON.parse(readFileSync('test/vectors/coap.json', 'utf8')) as { hex: string }[];
  return all.map(({ hex }) => fromHex(hex) as Uint8Array);
}

export function pick<T>(random: () => number, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T;
}

function randomDatagram(random: () => number): Uint8Array {
  return Uint8Array.from({ length: Math.floor(random() * 80) }, () => Math.floor(random() * 256));
}

export function mutated(original: Uint8Array, random: () => number): Uint8Array {
  let bytes = original.slice();
  const changes = Math.floor(random() * 4);
  for (let i = 0; i < changes; i++) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
  if (random() < 0.2) bytes = bytes.slice(0, Math.floor(random() * (bytes.length + 1)));
  if (random() < 0.1) bytes = Uint8Array.from([...bytes, ...randomDatagram(random)]);
  if (bytes.length > 3 && random() < 0.8) bytes[3] = Math.floor(random() * 256);
  return bytes;
}
