/**
 * The message flows of RFC 7959 section 3, figures 2 to 13, message by message, with our layer at either end.
 *
 * Figure 8 has a server without memory, which ours is not; in figure 11 the client changes its mind about the size, which ours
 * does not; the observer of figures 12 and 13 is a client, and ours only that.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex } from '../../src/base/bytes.ts';
import type { TransmissionParameters } from '../../src/coap/parameters.ts';
import type { CoapRequest } from '../../src/coap/request.ts';
import type { CoapResponse } from '../../src/coap/response.ts';
import { newCoap } from './coap-world.ts';
import { figureBody, Play, type Side } from './figure.ts';

const etag = fromHex('01') as Uint8Array;

interface Flow {
  readonly name: string;
  readonly lines: readonly string[];
  /** The largest block of our layer at either end; without one it does not play that end. */
  readonly client?: number;
  readonly server?: number;
  readonly request: CoapRequest;
  readonly response: CoapResponse;
}

const status: CoapRequest = { method: 'GET', path: ['status'] };
const content = (bytes: number): CoapResponse => ({ code: '2.05', payload: figureBody(bytes), etag });
const put = (bytes: number): CoapRequest => ({ method: 'PUT', path: ['options'], payload: figureBody(bytes) });
const soap: CoapRequest = { method: 'POST', path: ['soap'], payload: figureBody(300) };

const flows: readonly Flow[] = [
  {
    name: 'figure 2: simple block-wise GET',
    lines: [
      '--> CON 1234 GET /status (2:0/0/128)',
      '<-- ACK 1234 2.05 (ETag=01) 2:0/1/128 (Size2=300) +128',
      '--> CON 1235 GET /status 2:1/0/128',
      '<-- ACK 1235 2.05 (ETag=01) 2:1/1/128 +128',
      '--> CON 1236 GET /status 2:2/0/128',
      '<-- ACK 1236 2.05 (ETag=01) 2:2/0/128 +44',
    ],
    client: 128,
    server: 128,
    request: status,
    response: content(300),
  },
  {
    name: 'figure 3: block-wise GET with early negotiation',
    lines: [
      '--> CON 1234 GET /status 2:0/0/64',
      '<-- ACK 1234 2.05 (ETag=01) 2:0/1/64 (Size2=350) +64',
      ...[1, 2, 3, 4].flatMap((number) => [
        `--> CON ${1234 + number} GET /status 2:${number}/0/64`,
        `<-- ACK ${1234 + number} 2.05 (ETag=01) 2:${number}/1/64 +64`,
      ]),
      '--> CON 1239 GET /status 2:5/0/64',
      '<-- ACK 1239 2.05 (ETag=01) 2:5/0/64 +30',
    ],
    client: 64,
    server: 1_024,
    request: status,
    response: content(350),
  },
  {
    name: 'figure 4: block-wise GET with late negotiation',
    lines: [
      '--> CON 1234 GET /status (2:0/0/64)',
      '<-- ACK 1234 2.05 (ETag=01) 2:0/1/128 (Size2=350) +128',
      '--> CON 1235 GET /status 2:2/0/64',
      '<-- ACK 1235 2.05 (ETag=01) 2:2/1/64 +64',
      '--> CON 1236 GET /status 2:3/0/64',
      '<-- ACK 1236 2.05 (ETag=01) 2:3/1/64 +64',
      '--> CON 1237 GET /status 2:4/0/64',
      '<-- ACK 1237 2.05 (ETag=01) 2:4/1/64 +64',
      '--> CON 1238 GET /status 2:5/0/64',
      '<-- ACK 1238 2.05 (ETag=01) 2:5/0/64 +30',
    ],
    client: 64,
    server: 128,
    request: status,
    response: content(350),
  },
  {
    name: 'figure 5: late negotiation, and a lost request',
    lines: [
      '--> CON 1234 GET /status (2:0/0/64)',
      '<-- ACK 1234 2.05 (ETag=01) 2:0/1/128 (Size2=200) +128',
      '-x> CON 1235 GET /status 2:2/0/64',
      '--> CON 1235 GET /status 2:2/0/64',
      '<-- ACK 1235 2.05 (ETag=01) 2:2/1/64 +64',
      '--> CON 1236 GET /status 2:3/0/64',
      '<-- ACK 1236 2.05 (ETag=01) 2:3/0/64 +8',
    ],
    client: 64,
    server: 128,
    request: status,
    response: content(200),
  },
  {
    name: 'figure 6: late negotiation, and a lost acknowledgement',
    lines: [
      '--> CON 1234 GET /status (2:0/0/64)',
      '<-- ACK 1234 2.05 (ETag=01) 2:0/1/128 (Size2=200) +128',
      '--> CON 1235 GET /status 2:2/0/64',
      '<x- ACK 1235 2.05 (ETag=01) 2:2/1/64 +64',
      '--> CON 1235 GET /status 2:2/0/64',
      '<-- ACK 1235 2.05 (ETag=01) 2:2/1/64 +64',
      '--> CON 1236 GET /status 2:3/0/64',
      '<-- ACK 1236 2.05 (ETag=01) 2:3/0/64 +8',
    ],
    client: 64,
    server: 128,
    request: status,
    response: content(200),
  },
  {
    name: 'figure 7: simple atomic block-wise PUT',
    lines: [
      '--> CON 1234 PUT /options 1:0/1/128 (Size1=300) +128',
      '<-- ACK 1234 2.31 1:0/1/128',
      '--> CON 1235 PUT /options 1:1/1/128 +128',
      '<-- ACK 1235 2.31 1:1/1/128',
      '--> CON 1236 PUT /options 1:2/0/128 +44',
      '<-- ACK 1236 2.04 1:2/0/128',
    ],
    client: 128,
    server: 1_024,
    request: put(300),
    response: { code: '2.04' },
  },
  {
    name: 'figure 8: simple stateless block-wise PUT',
    lines: [
      '--> CON 1234 PUT /options 1:0/1/128 (Size1=300) +128',
      '<-- ACK 1234 2.04 1:0/0/128',
      '--> CON 1235 PUT /options 1:1/1/128 +128',
      '<-- ACK 1235 2.04 1:1/0/128',
      '--> CON 1236 PUT /options 1:2/0/128 +44',
      '<-- ACK 1236 2.04 1:2/0/128',
    ],
    client: 128,
    request: put(300),
    response: { code: '2.04' },
  },
  {
    name: 'figure 9: atomic block-wise PUT with negotiation',
    lines: [
      '--> CON 1234 PUT /options 1:0/1/128 (Size1=200) +128',
      '<-- ACK 1234 2.31 1:0/1/32',
      '--> CON 1235 PUT /options 1:4/1/32 +32',
      '<-- ACK 1235 2.31 1:4/1/32',
      '--> CON 1236 PUT /options 1:5/1/32 +32',
      '<-- ACK 1236 2.31 1:5/1/32',
      '--> CON 1237 PUT /options 1:6/0/32 +8',
      '<-- ACK 1237 2.04 1:6/0/32',
    ],
    client: 128,
    server: 32,
    request: put(200),
    response: { code: '2.04' },
  },
  {
    name: 'figure 10: atomic block-wise POST with a block-wise response',
    lines: [
      '--> CON 1234 POST /soap 1:0/1/128 (Size1=300) +128',
      '<-- ACK 1234 2.31 1:0/1/128',
      '--> CON 1235 POST /soap 1:1/1/128 +128',
      '<-- ACK 1235 2.31 1:1/1/128',
      '--> CON 1236 POST /soap 1:2/0/128 +44',
      '<-- ACK 1236 2.04 (ETag=01) 2:0/1/128 1:2/0/128 (Size2=400) +128',
      '--> CON 1237 POST /soap 2:1/0/128',
      '<-- ACK 1237 2.04 (ETag=01) 2:1/1/128 +128',
      '--> CON 1238 POST /soap 2:2/0/128',
      '<-- ACK 1238 2.04 (ETag=01) 2:2/1/128 +128',
      '--> CON 1239 POST /soap 2:3/0/128',
      '<-- ACK 1239 2.04 (ETag=01) 2:3/0/128 +16',
    ],
    client: 128,
    server: 128,
    request: soap,
    response: { ...content(400), code: '2.04' },
  },
  {
    name: 'figure 11: the same with late negotiation',
    lines: [
      '--> CON 1234 POST /soap 1:0/1/128 +128',
      '<-- ACK 1234 2.31 1:0/1/128',
      '--> CON 1235 POST /soap 1:1/1/128 +128',
      '<-- ACK 1235 2.31 1:1/1/128',
      '--> CON 1236 POST /soap 1:2/0/128 +44',
      '<-- ACK 1236 2.04 (ETag=01) 2:0/1/128 1:2/0/128 (Size2=200) +128',
      '--> CON 1237 POST /soap 2:2/0/64',
      '<-- ACK 1237 2.04 (ETag=01) 2:2/1/64 +64',
      '--> CON 1238 POST /soap 2:3/0/64',
      '<-- ACK 1238 2.04 (ETag=01) 2:3/0/64 +8',
    ],
    server: 128,
    request: soap,
    response: { ...content(200), code: '2.04' },
  },
];

for (const { name, lines, client, server, request, response } of flows) {
  if (client !== undefined)
    test(`${name} (client)`, () => {
      const play = playing('client', { blockBytes: client });
      play.request(request);
      play.lines(lines);
      const [event, ...more] = play.events;
      assert.deepEqual([event?.kind, more], ['response', []]);
      assert.deepEqual(play.body(), response.payload ?? new Uint8Array(0));
    });
  if (server !== undefined)
    test(`${name} (server)`, () => {
      const play = playing('server', { blockBytes: server });
      play.answer = response;
      play.lines(lines);
      assert.equal(play.events.length, 1, 'the caller is asked once');
      assert.deepEqual(play.body(), request.payload ?? new Uint8Array(0));
    });
}

const icon: CoapRequest = { method: 'GET', path: ['status-icon'], observe: 0 };

test('figure 12: observation with block-wise notifications; the acknowledgement waits for the rest and the caller', () => {
  const play = playing('client', {});
  play.request(icon, { token: Uint8Array.of(0xfb) });
  play.lines([
    '--> CON 0x1636 GET token=fb Observe=0 /status-icon',
    '<-- ACK 0x1636 2.05 token=fb ETag=6f00f38e Observe=62350 2:0/1/128 +128',
    '--> CON 0x1700 GET token=fa /status-icon 2:1/0/128',
    '<-- ACK 0x1700 2.05 token=fa ETag=6f00f38e 2:1/0/128 +53',
    '<-- CON 0xaf9c 2.05 token=fb ETag=6f00f392 Observe=62354 2:0/1/128 +128',
    '--> CON 0x1637 GET token=fc /status-icon 2:1/0/128',
    '<-- ACK 0x1637 2.05 token=fc ETag=6f00f392 2:1/1/128 +128',
    '--> CON 0x1638 GET token=fc /status-icon 2:2/0/128',
    '<-- ACK 0x1638 2.05 token=fc ETag=6f00f392 2:2/0/128 +53',
    '--> ACK 0xaf9c',
  ]);
  checkObserved(play, 2 * 128 + 53);
});

test('figure 13: the same with early negotiation', () => {
  const play = playing('client', { blockBytes: 64 });
  play.request(icon, { token: Uint8Array.of(0xfb) });
  play.lines([
    '--> CON 0x1636 GET token=fb Observe=0 /status-icon 2:0/0/64',
    '<-- ACK 0x1636 2.05 token=fb ETag=6f00f38e Observe=62350 2:0/1/64 +64',
    '--> CON 0x1700 GET token=fa /status-icon 2:1/0/64',
    '<-- ACK 0x1700 2.05 token=fa ETag=6f00f38e 2:1/0/64 +50',
    '<-- CON 0xaf9c 2.05 token=fb ETag=6f00f392 Observe=62354 2:0/1/64 +64',
    ...[1, 2, 3].flatMap((number) => [
      `--> CON ${0x1636 + number} GET token=fc /status-icon 2:${number}/0/64`,
      `<-- ACK ${0x1636 + number} 2.05 token=fc ETag=6f00f392 2:${number}/1/64 +64`,
    ]),
    `--> CON 0x163a GET token=fc /status-icon 2:4/0/64`,
    `<-- ACK 0x163a 2.05 token=fc ETag=6f00f392 2:4/0/64 +50`,
    '--> ACK 0xaf9c',
  ]);
  checkObserved(play, 4 * 64 + 50);
});

function checkObserved({ events }: Play, bytes: number): void {
  const [registered, notified, ...more] = events;
  assert.ok(registered?.kind === 'response' && notified?.kind === 'notification' && more.length === 0);
  assert.deepEqual([registered.response.observe, notified.response.observe, notified.fresh], [62350, 62354, true]);
  assert.deepEqual(notified.response.payload, figureBody(bytes));
}

function playing(side: Side, parameters: Partial<TransmissionParameters>): Play {
  return new Play(newCoap({ parameters: { ackRandomFactor: 1, ...parameters } }), side);
}
