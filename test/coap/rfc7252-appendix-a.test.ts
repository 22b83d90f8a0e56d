/**
 * The message flows of RFC 7252 appendix A, figures 16 to 22, message by message, with our layer at either end. Of its own
 * accord it asks nothing in a non-confirmable message: figure 22 has it as server alone.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, utf8Encode } from '../../src/base/bytes.ts';
import type { CoapRequest } from '../../src/coap/request.ts';
import { at, lines, newCoap, only, peer, sent, wire } from './coap-world.ts';
import { Play } from './figure.ts';

const temperature: CoapRequest = { method: 'GET', path: ['temperature'] };
const warm = { code: '2.05', payload: utf8Encode('22.3 C') } as const;

interface Flow {
  readonly name: string;
  /** The client's, where it is not empty: ours always has one. */
  readonly token?: string;
  readonly lines: readonly string[];
  readonly roundTripMs: number;
  readonly slow?: boolean;
}

const flows: readonly Flow[] = [
  {
    name: 'figure 16: confirmable request, piggybacked response',
    lines: ['--> CON 0x7d34 GET /temperature', '<-- ACK 0x7d34 2.05 "22.3 C"'],
    roundTripMs: 20,
  },
  {
    name: 'figure 17: the same with a token',
    token: '20',
    lines: ['--> CON 0x7d35 GET token=20 /temperature', '<-- ACK 0x7d35 2.05 token=20 "22.3 C"'],
    roundTripMs: 20,
  },
  {
    name: 'figure 18: the confirmable request is lost, and retransmitted',
    token: '31',
    lines: [
      '-x> CON 0x7d36 GET token=31 /temperature',
      '--> CON 0x7d36 GET token=31 /temperature',
      '<-- ACK 0x7d36 2.05 token=31 "22.3 C"',
    ],
    roundTripMs: 2_010,
  },
  {
    name: 'figure 19: the piggybacked response is lost, and sent again to the duplicate',
    token: '42',
    lines: [
      '--> CON 0x7d37 GET token=42 /temperature',
      '<x- ACK 0x7d37 2.05 token=42 "22.3 C"',
      '--> CON 0x7d37 GET token=42 /temperature',
      '<-- ACK 0x7d37 2.05 token=42 "22.3 C"',
    ],
    roundTripMs: 2_010,
  },
  {
    name: 'figure 20: confirmable request, separate response',
    token: '53',
    lines: [
      '--> CON 0x7d38 GET token=53 /temperature',
      '<-- ACK 0x7d38',
      '<-- CON 0xad7b 2.05 token=53 "22.3 C"',
      '--> ACK 0xad7b',
    ],
    roundTripMs: 30,
    slow: true,
  },
];

for (const { name, token, lines: figure, roundTripMs, slow = false } of flows) {
  test(`${name} (client)`, () => {
    const play = new Play(newCoap(), 'client');
    play.request(temperature, token === undefined ? {} : { token: fromHex(token) as Uint8Array });
    play.lines(figure);
    const [event, ...more] = play.events;
    assert.ok(event?.kind === 'response' && more.length === 0);
    assert.deepEqual([event.roundTripMs, event.response.payload], [roundTripMs, warm.payload]);
  });
  test(`${name} (server)`, () => {
    const play = new Play(newCoap(), 'server');
    play.answer = warm;
    play.slow = slow;
    play.lines(figure);
    assert.equal(play.events.length, 1, 'carried out once');
  });
}

const unexpected = [
  '--> CON 0x7d39 GET token=64 /temperature',
  '<-- ACK 0x7d39',
  '<-- CON 0xad7c 2.05 token=64 "22.3 C"',
  '--> RST 0xad7c',
];

test('figure 21: the client has lost its state, and rejects the separate response that it did not expect (client)', () => {
  const before = new Play(newCoap(), 'client');
  before.request(temperature, { token: Uint8Array.of(0x64) });
  before.lines(unexpected.slice(0, 2));
  const coap = newCoap();
  const play = new Play(coap, 'client');
  play.lines(unexpected.slice(2));
  assert.deepEqual(
    play.events.map(({ kind }) => kind),
    ['unknown-token'],
  );
  play.lines(unexpected.slice(2));
  assert.equal(play.events.length, 1, 'the repetition is rejected again, and told nobody');
});

test('figure 21: the same, at the end that is rejected: it repeats no more (server)', () => {
  const coap = newCoap();
  const play = new Play(coap, 'server');
  play.answer = warm;
  play.slow = true;
  play.lines(unexpected);
  assert.deepEqual(lines(coap.advance(at(200_000))), []);
});

test('figure 22: non-confirmable request, non-confirmable response', () => {
  const coap = newCoap();
  const play = new Play(coap, 'server');
  play.answer = warm;
  play.lines(['--> NON 0x7d40 GET token=75 /temperature', '<-- NON 0xad7d 2.05 token=75 "22.3 C"']);
  assert.deepEqual(lines(coap.advance(at(100_000))), []);
});

test('a separate response that nobody acknowledges is retransmitted, until it is', () => {
  const coap = newCoap();
  const asked = wire({ code: '0.01', id: 0x7d38, token: '53', options: [['Uri-Path', 'temperature']] });
  const { exchange } = only(coap.receive(peer, 1, asked, at(0)), 'request');
  coap.advance(at(1_500));
  const response = sent(coap.respond(peer, exchange, warm, at(3_000)));
  assert.deepEqual(sent(coap.advance(at(5_000))), response);
  coap.receive(peer, 1, wire({ type: 'ACK', id: response.id }), at(5_100));
  assert.deepEqual(lines(coap.advance(at(200_000))), []);
});

test('a separate response that overtakes the acknowledgement ends the retransmissions', () => {
  const coap = newCoap();
  const made = coap.request(peer, temperature, {}, at(0));
  assert.ok('id' in made);
  const { token } = sent(made.output);
  const separate = wire({ type: 'CON', code: '2.05', id: 0xad7c, token, payload: '22.3 C' });
  assert.equal(coap.receive(peer, 1, separate, at(3)).events.length, 1);
  assert.deepEqual(lines(coap.advance(at(90_000))), []);
});
