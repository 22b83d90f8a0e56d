/**
 * The message flows of RFC 7641, message by message, with our layer as the observer: figure 2, and figures 3 and 4 of appendix
 * A.1. Of figure 5 it has the answers alone, in numbers of our own: ours sends no entity tags with its requests. The figures
 * of appendix A.2 have a proxy, which ours is not: it refuses to be one (server.test.ts).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Coap } from '../../src/coap/coap.ts';
import type { CoapEvent } from '../../src/coap/output.ts';
import type { CoapRequest } from '../../src/coap/request.ts';
import { newCoap } from './coap-world.ts';
import { Play } from './figure.ts';

const temperature: CoapRequest = { method: 'GET', path: ['temperature'], observe: 0 };
const token = Uint8Array.of(0x4a);

test('figure 2: registration, and two notifications', () => {
  const { play, coap } = observing();
  play.lines([
    '--> CON 1 GET token=4a Observe=0 /temperature',
    '<-- ACK 1 2.05 token=4a Observe=12 "22.9 Cel"',
    '<-- CON 2 2.05 token=4a Observe=44 "22.8 Cel"',
    '--> ACK 2',
    '<-- CON 3 2.05 token=4a Observe=60 "23.1 Cel"',
    '--> ACK 3',
  ]);
  assert.deepEqual(told(play), [
    ['response', '2.05', 12, '22.9 Cel'],
    ['notification', '2.05', 44, '22.8 Cel'],
    ['notification', '2.05', 60, '23.1 Cel'],
  ]);
  assert.equal(coap.statistics().observations, 1);
});

const figure3 = [
  '--> CON 0x1633 GET token=4a Observe=0 /temperature',
  '<-- ACK 0x1633 2.05 token=4a Observe=9 Max-Age=15 "18.5 Cel"',
  '<-- NON 0x7b50 2.05 token=4a Observe=16 Max-Age=15 "19.2 Cel"',
];

test('figure 3: the state at the registration, and a new one', () => {
  const { play } = observing();
  play.lines(figure3);
  assert.deepEqual(told(play), [
    ['response', '2.05', 9, '18.5 Cel'],
    ['notification', '2.05', 16, '19.2 Cel'],
  ]);
  assert.deepEqual(
    play.events.map((event) => ('response' in event ? event.response.maxAgeSeconds : undefined)),
    [15, 15],
    'for how long each is good',
  );
});

test('figure 4: a notification is lost, its state grows old, and the client registers anew', () => {
  const { play } = observing();
  play.lines([...figure3, '<x- NON 0x7b51 2.05 token=4a Observe=25 Max-Age=15 "19.7 Cel"']);
  play.now = 38_000;
  play.request(temperature, { token: Uint8Array.of(0xb2) });
  play.lines([
    '--> CON 0x1634 GET token=b2 Observe=0 /temperature',
    '<-- ACK 0x1634 2.05 token=b2 Observe=44 Max-Age=15 ETag=78797a7a79 "19.7 Cel"',
  ]);
  assert.deepEqual(told(play).at(-1), ['response', '2.05', 44, '19.7 Cel']);
});

test('as in figure 5, the server says that a stored state is good again, in the answer and in a notification', () => {
  const { play, coap } = observing();
  play.lines([
    '--> CON 0x1635 GET token=4a Observe=0 /temperature',
    '<-- ACK 0x1635 2.05 token=4a Observe=27 Max-Age=15 ETag=78797a7a79 "19.7 Cel"',
    '<-- NON 0x7b52 2.03 token=4a Observe=33 Max-Age=15 ETag=78797a7a79',
  ]);
  assert.deepEqual(told(play).at(-1), ['notification', '2.03', 33, '']);
  assert.equal(coap.statistics().observations, 1, 'and goes on');
});

function observing(): { play: Play; coap: Coap } {
  const coap = newCoap();
  const play = new Play(coap, 'client');
  play.request(temperature, { token });
  return { play, coap };
}

function told({ events }: Play): readonly (readonly [CoapEvent['kind'], string, number | undefined, string])[] {
  return events.map((event) => {
    assert.ok(event.kind === 'response' || event.kind === 'notification', event.kind);
    const { code, observe, payload } = event.response;
    return [event.kind, code, observe, Buffer.from(payload).toString()];
  });
}
