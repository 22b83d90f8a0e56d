/** The client's role: requests of ours to devices. The holes of npm `coap` are in npm-coap-holes-client.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8Encode } from '../../src/base/bytes.ts';
import { limits } from '../../src/base/limits.ts';
import type { Coap, RequestOptions } from '../../src/coap/coap.ts';
import type { CoapRequest } from '../../src/coap/request.ts';
import { at, entropyOf, lines, newCoap, only, otherPeer, peer, reasons, sent, wire } from './coap-world.ts';

const readDevice: CoapRequest = { method: 'GET', path: ['3', '0'], accept: 110 };

test('a piggybacked response must carry the token of its request', () => {
  const coap = newCoap();
  const { id } = sent(start(coap).output);
  const wrong = coap.receive(peer, 1, wire({ type: 'ACK', code: '2.05', id, token: '1234' }), at(10));
  assert.deepEqual([wrong.events, reasons(wrong)], [[], ['unmatched-acknowledgement']]);
});

test('an empty acknowledgement and then silence end at the deadline (FETCH of Wakaama)', () => {
  const coap = newCoap();
  const { id } = sent(start(coap).output);
  coap.receive(peer, 1, wire({ type: 'ACK', id }), at(100));
  assert.deepEqual(coap.advance(at(limits.maxTransmitWaitMs - 1)).events, []);
  const failed = only(coap.advance(at(limits.maxTransmitWaitMs)), 'failed');
  assert.deepEqual([failed.reason, failed.sent], ['timeout', true]);
  assert.equal(coap.statistics().requestsPending, 0);
});

test('a request has the deadline that the caller gives it, its time in the queue included', () => {
  const coap = newCoap();
  start(coap);
  const second = start(coap, {}, { deadlineMs: 5_000 });
  assert.equal(second.messageId, undefined);
  const failed = only(coap.advance(at(5_000)), 'failed');
  assert.deepEqual([failed.id, failed.reason, failed.sent], [second.id, 'timeout', false]);
});

test('retransmissions double from a fresh start with each message: +2, +6, +14, +30 s, given up at +62 s', () => {
  const coap = newCoap();
  const { id, token } = sent(start(coap).output);
  const times: number[] = [];
  for (let now = 0; now <= 62_000; now += 1_000) {
    const output = coap.advance(at(now));
    for (const line of lines(output)) {
      assert.equal(line, `CON 0.01 ${id} ${token}`);
      times.push(now);
    }
    if (output.events.length > 0) assert.deepEqual([now, only(output, 'failed').reason], [62_000, 'timeout']);
  }
  assert.deepEqual(times, [2_000, 6_000, 14_000, 30_000]);
});

test('the first timeout is drawn between ACK_TIMEOUT and ACK_TIMEOUT times ACK_RANDOM_FACTOR', () => {
  const coap = newCoap({ entropy: entropyOf(3), parameters: {} });
  const deadlines = new Set<number>();
  for (let i = 0; i < 20; i++) {
    const { id, output } = start(coap);
    assert.equal(output.send.length, 1);
    const deadline = coap.nextDeadline() as number;
    assert.ok(deadline >= 2_000 && deadline <= 3_000);
    deadlines.add(deadline);
    coap.cancelRequest(id, at(0));
  }
  assert.ok(deadlines.size > 10);
});

test('a response cannot come before its request: one that waits for its turn has an unknown token', () => {
  const coap = newCoap();
  start(coap);
  start(coap, {}, { token: Uint8Array.of(7) });
  only(coap.receive(peer, 1, wire({ code: '2.05', id: 4_000, token: '07' }), at(10)), 'unknown-token');
});

test('a slow link has as long a deadline as its retransmissions need', () => {
  const coap = newCoap({ parameters: { ackTimeoutMs: 10_000, ackRandomFactor: 1 } });
  const { id } = sent(start(coap).output);
  coap.receive(peer, 1, wire({ type: 'ACK', id }), at(100));
  assert.deepEqual(coap.advance(at(309_999)).events, []);
  assert.equal(only(coap.advance(at(310_000)), 'failed').reason, 'timeout');
});

test('a body under way that has lost its turn waits for it without a deadline', () => {
  const coap = newCoap({ parameters: { ackRandomFactor: 1, blockBytes: 16 } });
  const first = start(coap, { method: 'PUT', payload: new Uint8Array(20) });
  const { id, token } = sent(first.output);
  coap.receive(peer, 1, wire({ type: 'ACK', id }), at(10));
  const second = start(coap, {}, {}, 80_000);
  const separate = wire({ code: '2.31', id: 4_000, token, options: [['Block1', 8]] });
  assert.deepEqual(lines(coap.receive(peer, 1, separate, at(90_000))), ['ACK 0.00 4000']);
  let turn = coap.advance(at(90_000));
  for (let now = 91_000; turn.events.length === 0 && now < 200_000; now += 1_000) turn = coap.advance(at(now));
  assert.deepEqual([only(turn, 'failed').id, turn.send[0]?.request], [second.id, first.id]);
});

test('tokens that have ended are remembered in number and for EXCHANGE_LIFETIME only', () => {
  const coap = newCoap();
  const tokens: string[] = [];
  for (let i = 0; i <= limits.finishedTokensPerPeerMax; i++) {
    const { id, output } = start(coap);
    tokens.push(sent(output).token);
    coap.cancelRequest(id, at(0));
  }
  const late = (token: string, id: number, now: number) =>
    coap.receive(peer, 1, wire({ code: '2.05', id, token }), at(now));
  only(late(tokens[0] ?? '', 1, 10), 'unknown-token');
  assert.deepEqual(reasons(late(tokens[1] ?? '', 2, 10)), ['late-response']);
  coap.advance(at(limits.exchangeLifetimeMs));
  only(late(tokens[2] ?? '', 3, limits.exchangeLifetimeMs), 'unknown-token');
});

test('parameters belong to a peer, and to a request', () => {
  const coap = newCoap();
  coap.setParameters(peer, { ackTimeoutMs: 10_000, retransmitsMax: 1 });
  start(coap);
  assert.equal(coap.nextDeadline(), at(10_000));
  assert.equal(lines(coap.advance(at(10_000))).length, 1);
  assert.equal(only(coap.advance(at(30_000)), 'failed').reason, 'timeout');
  start(coap, {}, { parameters: { ackTimeoutMs: 500 } }, 40_000);
  assert.equal(coap.nextDeadline(), at(40_500));
});

test('NSTART: the next request leaves when the first is acknowledged, answered or over', () => {
  const coap = newCoap();
  const first = sent(start(coap).output);
  assert.deepEqual(start(coap).output.send, []);
  assert.deepEqual(start(coap).output.send, []);
  const second = sent(coap.receive(peer, 1, wire({ type: 'ACK', id: first.id }), at(10)));
  assert.equal(second.code, '0.01');
  const third = coap.receive(peer, 1, wire({ type: 'ACK', code: '2.05', id: second.id, token: second.token }), at(20));
  assert.equal(only(third, 'response').kind, 'response');
  assert.equal(sent(third).code, '0.01');
  assert.equal(start(coap, {}, {}, 20, otherPeer).output.send.length, 1, 'another peer has its own turn');
});

test('the queue of a peer is bounded', () => {
  const coap = newCoap();
  for (let i = 0; i < limits.requestsQueuedPerPeerMax; i++) start(coap);
  assert.deepEqual(coap.request(peer, readDevice, {}, at(0)), { refused: 'too-many-requests' });
  assert.ok('id' in coap.request(otherPeer, readDevice, {}, at(0)));
});

test('a reset ends the request', () => {
  const coap = newCoap();
  const { id } = sent(start(coap).output);
  assert.equal(only(coap.receive(peer, 1, wire({ type: 'RST', id }), at(10)), 'failed').reason, 'reset');
});

test('a separate response whose request was never acknowledged leaves nothing behind', () => {
  const coap = newCoap();
  const { token } = sent(start(coap).output);
  coap.receive(peer, 1, wire({ code: '2.05', id: 4_000, token }), at(20));
  coap.advance(at(600_000));
  assert.equal(coap.nextDeadline(), undefined);
  assert.deepEqual(
    Object.entries(coap.statistics()).filter(([, count]) => count !== 0),
    [],
  );
});

test('a response after the deadline is acknowledged and dropped, while its token is remembered', () => {
  const coap = newCoap();
  const { token } = sent(start(coap, {}, { deadlineMs: 1_000 }).output);
  only(coap.advance(at(1_000)), 'failed');
  const late = coap.receive(peer, 1, wire({ code: '2.05', id: 4_000, token }), at(5_000));
  assert.deepEqual([late.events, lines(late), reasons(late)], [[], ['ACK 0.00 4000'], ['late-response']]);
});

test('a cancelled request sends no more; one that waited leaves the others in order', () => {
  const coap = newCoap();
  const first = start(coap);
  const second = start(coap);
  const third = start(coap, { path: ['third'] });
  assert.equal(only(coap.cancelRequest(second.id, at(5)), 'failed').sent, false);
  const output = coap.cancelRequest(first.id, at(10));
  assert.deepEqual([output.events.map((event) => event.kind), output.send[0]?.request], [['failed'], third.id]);
  assert.deepEqual(coap.cancelRequest(first.id, at(11)).events, []);
});

test('a response with an unknown critical option: its request ends, a separate one is rejected', () => {
  const coap = newCoap();
  const first = sent(start(coap).output);
  const odd = { code: '2.05', options: [['65001', 'x']] } as const;
  const piggybacked = wire({ type: 'ACK', id: first.id, token: first.token, ...odd });
  assert.equal(only(coap.receive(peer, 1, piggybacked, at(1)), 'failed').reason, 'bad-option');
  const second = sent(start(coap).output);
  const separate = coap.receive(peer, 1, wire({ id: 4_000, token: second.token, ...odd }), at(2));
  assert.deepEqual([lines(separate), only(separate, 'failed').reason], [['RST 0.00 4000'], 'bad-option']);
});

test('tokens: 8 fresh bytes, or the one that the caller gives; none twice at once', () => {
  const coap = newCoap();
  assert.equal(start(coap).token.length, 8);
  const token = Uint8Array.of(1, 2, 3);
  assert.deepEqual(start(coap, {}, { token }).token, token);
  assert.deepEqual(coap.request(peer, readDevice, { token }, at(0)), { refused: 'token-in-use' });
});

test('what cannot be sent is refused, never thrown', () => {
  const coap = newCoap();
  const refusal = (request: Partial<CoapRequest>) => coap.request(peer, { ...readDevice, ...request }, {}, at(0));
  assert.deepEqual(refusal({ path: ['x'.repeat(256)] }), { refused: 'path-too-long' });
  assert.deepEqual(refusal({ query: Array(200).fill('pmin=10') }), { refused: 'path-too-long' });
  assert.deepEqual(refusal({ payload: new Uint8Array(limits.bodyBytesMax + 1) }), { refused: 'body-too-large' });
});

test('a response is taken apart: code, format, location, entity tag, age', () => {
  const coap = newCoap();
  const { id, token } = sent(start(coap).output);
  const options = [
    ['ETag', Uint8Array.of(1, 2)],
    ['Location-Path', '2'],
    ['Content-Format', 110],
    ['Max-Age', 300],
  ] as const;
  const bytes = wire({ type: 'ACK', code: '2.01', id, token, options, payload: 'x' });
  assert.deepEqual(only(coap.receive(peer, 3, bytes, at(5)), 'response').response, {
    code: '2.01',
    contentFormat: 110,
    payload: utf8Encode('x'),
    observe: undefined,
    locationPath: ['2'],
    etag: Uint8Array.of(1, 2),
    maxAgeSeconds: 300,
  });
});

function start(coap: Coap, more: Partial<CoapRequest> = {}, options: RequestOptions = {}, now = 0, whom = peer) {
  const made = coap.request(whom, { ...readDevice, ...more }, options, at(now));
  assert.ok('id' in made, JSON.stringify(made));
  return made;
}
