/** Requests whose first message is to be kept before it leaves, and those that are taken up again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/base/limits.ts';
import type { Coap, RequestOptions } from '../../src/coap/coap.ts';
import type { CoapRequest } from '../../src/coap/request.ts';
import { at, block, lines, newCoap, only, peer, read, reasons, sent, wire } from './coap-world.ts';

const execute: CoapRequest = { method: 'POST', path: ['3', '0', '4'] };
const get: CoapRequest = { method: 'GET', path: ['3', '0'] };

test('a held request tells its message at its turn, and leaves when it is released', () => {
  const coap = newCoap();
  const { output, id } = start(coap, execute, { held: true });
  const ready = only(output, 'ready');
  assert.deepEqual([lines(output), coap.hasLeft(id), ready.isWhole], [[], false, true]);
  assert.deepEqual(lines(coap.advance(at(300_000))), []);
  const released = coap.release(id, at(400_000));
  assert.deepEqual(sent(released), read(ready.bytes));
  assert.equal(sent(released).id, ready.messageId);
  assert.deepEqual(lines(coap.release(id, at(400_001))), [], 'once');
  assert.equal(lines(coap.advance(at(402_000))).length, 1, 'it is repeated from then on');
});

test('a held request waits for its turn first, and keeps it until it is released', () => {
  const coap = newCoap();
  const first = start(coap, get);
  const held = start(coap, execute, { held: true });
  start(coap, get);
  assert.deepEqual(held.output.events, []);
  const { id: messageId, token } = sent(first.output);
  const answered = coap.receive(peer, 1, wire({ type: 'ACK', code: '2.05', id: messageId, token }), at(10));
  assert.deepEqual([answered.events.map(({ kind }) => kind), answered.send], [['response', 'ready'], []]);
  const cancelled = coap.cancelRequest(held.id, at(20));
  assert.equal(lines(cancelled).length, 1, 'the next one has its turn');
  assert.deepEqual(lines(coap.release(held.id, at(30))), []);
});

test('of a body in blocks the first message alone is held, and it is not the whole request', () => {
  const coap = newCoap();
  const payload = new Uint8Array(limits.blockBytesMax + 1);
  const { output, id } = start(coap, { method: 'PUT', path: ['5', '0', '0'], payload }, { held: true });
  assert.equal(only(output, 'ready').isWhole, false);
  const { id: messageId, token } = sent(coap.release(id, at(10)));
  const options = [['Block1', 0x0e]] as const;
  const next = coap.receive(peer, 1, wire({ type: 'ACK', code: '2.31', id: messageId, token, options }), at(20));
  assert.equal(lines(next).length, 1);
});

test('an answer that comes by itself waits for its caller, if he keeps it; its blocks do not', () => {
  const coap = newCoap();
  const { output } = start(coap, get, { keepsAnswer: true });
  const { id: messageId, token } = sent(output);
  coap.receive(peer, 1, wire({ type: 'ACK', id: messageId }), at(10));
  const first = wire({ code: '2.05', id: 900, token, options: [['Block2', 0x08]], payload: 'x'.repeat(16) });
  const block = coap.receive(peer, 1, first, at(20));
  assert.deepEqual(
    lines(block).map((line) => line.slice(0, 12)),
    ['ACK 0.00 900', lines(block)[1]?.slice(0, 12)],
  );
  const second = read(block.send[1]?.bytes as Uint8Array);
  coap.receive(peer, 1, wire({ type: 'ACK', id: second.id }), at(30));
  const last = wire({ code: '2.05', id: 901, token: second.token, options: [['Block2', 0x10]], payload: 'y' });
  const answered = coap.receive(peer, 1, last, at(40));
  const { owed, response } = only(answered, 'response');
  assert.deepEqual([lines(answered), response.payload.length], [[], 17]);
  assert.deepEqual(lines(coap.receive(peer, 1, last, at(50))), [], 'a repetition is not answered before');
  assert.ok(owed !== undefined);
  assert.deepEqual(lines(coap.acknowledge(peer, owed)), ['ACK 0.00 901']);
  assert.deepEqual(lines(coap.receive(peer, 1, last, at(60))), ['ACK 0.00 901']);
});

test('a request that left before a restart is sent again as it was, before all that wait', () => {
  const before = newCoap();
  const { output, id } = start(before, execute, { held: true });
  const { bytes, token, messageId } = only(output, 'ready');
  before.release(id, at(0));
  const coap = newCoap();
  const resumed = coap.resumeRequest(peer, { bytes, ageMs: 7_000 }, at(100));
  assert.ok('output' in resumed);
  assert.deepEqual(
    resumed.output.send.map((send) => [send.kind, send.bytes]),
    [['retransmission', bytes]],
  );
  const answer = wire({ type: 'ACK', code: '2.04', id: messageId, token: Buffer.from(token).toString('hex') });
  const event = only(coap.receive(peer, 1, answer, at(200)), 'response');
  assert.deepEqual([event.id, event.fresh, event.roundTripMs], [resumed.id, false, 7_100]);
});

test('a long answer that comes before its request has its turn again is fetched on, and the request not repeated', () => {
  const { coap, first, token, messageId } = waitingAgain();
  const page = { type: 'ACK', code: '2.04', id: messageId, token, options: [['Block2', block(0, true, 16)]] } as const;
  coap.receive(peer, 1, wire({ ...page, payload: 'x'.repeat(16) }), at(10));
  const turn = coap.receive(peer, 1, wire({ type: 'ACK', code: '2.04', id: first.id, token: first.token }), at(20));
  const next = sent(turn);
  assert.deepEqual([next.token, next.options.at(-1)], [token, ['Block2', '10']]);
  assert.deepEqual(coap.receive(peer, 1, wire({ type: 'ACK', id: next.id }), at(25)).send, [], 'once');
  const rest = { code: '2.04', id: 4_000, token, options: [['Block2', block(1, false, 16)]] } as const;
  const { response } = only(coap.receive(peer, 1, wire({ ...rest, payload: 'y' }), at(30)), 'response');
  assert.equal(response.payload.length, 17);
  assert.deepEqual(coap.advance(at(200_000)).send, []);
});

test('a later block that an earlier start asked for is no answer to the request that was taken up, with an acknowledgement or without', () => {
  const { coap, messageId, token } = waitingAgain();
  const late = { code: '2.04', token, options: [['Block2', block(1, false, 16)]], payload: 'y' } as const;
  const piggybacked = coap.receive(peer, 1, wire({ ...late, type: 'ACK', id: messageId + 1 }), at(10));
  assert.deepEqual([piggybacked.events, reasons(piggybacked)], [[], ['unmatched-acknowledgement']]);
  const separate = coap.receive(peer, 1, wire({ ...late, id: 4_000 }), at(20));
  assert.deepEqual([separate.events, lines(separate)], [[], ['ACK 0.00 4000']]);
  const whole = coap.receive(peer, 1, wire({ type: 'ACK', code: '2.04', id: messageId, token }), at(30));
  assert.equal(only(whole, 'response').response.code, '2.04');
});

test('a request that left before is repeated in what is left of 45 s, and its answer is awaited for 93 s of them', () => {
  const { output } = start(newCoap(), execute, { held: true });
  const { bytes } = only(output, 'ready');
  for (const ageMs of [0, 1_000, 3_000, 15_000, 31_000, 44_900]) {
    const coap = newCoap();
    const resumed = coap.resumeRequest(peer, { bytes, ageMs }, at(0));
    assert.ok('output' in resumed);
    let last = resumed.output.send.length > 0 ? 0 : -1;
    let ended: number | undefined;
    for (let now = 1; ended === undefined; now += 1) {
      const step = coap.advance(at(now * 100));
      if (step.send.length > 0) last = now * 100;
      if (step.events.length > 0) ended = now * 100;
    }
    assert.ok(last >= 0 && last + ageMs <= limits.maxTransmitSpanMs, `${ageMs}: the last one after ${last + ageMs} ms`);
    assert.ok(ended + ageMs <= limits.maxTransmitWaitMs + 100, `${ageMs}: ended after ${ended + ageMs} ms`);
  }
  const late = newCoap();
  const resumed = late.resumeRequest(peer, { bytes, ageMs: limits.maxTransmitSpanMs + 1 }, at(0));
  assert.deepEqual('output' in resumed && resumed.output.send, []);
  assert.equal(only(late.advance(at(1)), 'failed').reason, 'timeout');
});

test('what is to be taken up and is no request is refused', () => {
  const coap = newCoap();
  for (const bytes of [Uint8Array.of(1, 2), wire({ code: '2.05', id: 1 })]) {
    assert.deepEqual(coap.resumeRequest(peer, { bytes, ageMs: 0 }, at(0)), { refused: 'no-request' });
  }
});

test('the answer to a request that has ended counts when it is awaited: once, and not for ever', () => {
  const coap = newCoap();
  const { output, id } = start(coap, execute);
  const { id: messageId, token } = sent(output);
  const bytes = Uint8Array.from(Buffer.from(token, 'hex'));
  coap.cancelRequest(id, at(10));
  coap.awaitLate(peer, bytes, at(10));
  const piggybacked = wire({ type: 'ACK', code: '2.04', id: messageId, token });
  const late = only(coap.receive(peer, 2, piggybacked, at(20)), 'late-response');
  assert.deepEqual([late.response.code, late.owed, late.association], ['2.04', undefined, 2]);
  assert.deepEqual(reasons(coap.receive(peer, 2, piggybacked, at(30))), ['unmatched-acknowledgement']);
  coap.awaitLate(peer, bytes, at(40));
  const separate = wire({ code: '2.04', id: 77, token });
  const { owed } = only(coap.receive(peer, 2, separate, at(50)), 'late-response');
  assert.ok(owed !== undefined);
  assert.deepEqual(lines(coap.acknowledge(peer, owed)), ['ACK 0.00 77']);
  coap.awaitLate(peer, bytes, at(60));
  for (let now = 0; now <= 3 * limits.exchangeLifetimeMs; now += 1_000) coap.advance(at(now));
  assert.deepEqual(
    only(coap.receive(peer, 2, wire({ code: '2.04', id: 78, token }), at(800_000)), 'unknown-token').token,
    bytes,
  );
});

test('a part of a late answer is no answer', () => {
  const coap = newCoap();
  for (const [id, code, options] of [
    [1, '2.05', [['Block2', 0x08]]],
    [2, '2.31', []],
  ] as const) {
    coap.awaitLate(peer, Uint8Array.of(id), at(0));
    const output = coap.receive(peer, 1, wire({ code, id, token: `0${id}`, options }), at(10));
    assert.deepEqual([lines(output), reasons(output), output.events], [[`ACK 0.00 ${id}`], ['late-response'], []]);
  }
});

test('of a peer that is to prove itself one request is asked until one is answered', () => {
  const coap = newCoap();
  coap.expectProof(peer, at(0));
  const first = start(coap, get);
  const second = start(coap, get);
  for (let now = 0; now <= limits.maxTransmitWaitMs; now += 500) {
    for (const { request } of coap.advance(at(now)).send) assert.equal(request, first.id);
  }
  assert.equal(coap.hasLeft(second.id), false, 'nobody answered the first one');
  coap.expectProof(peer, at(100_000));
  const third = start(coap, get, {}, 100_000);
  assert.equal(third.output.send[0]?.request, second.id, 'one more for the next sign of life');
  const { id: messageId, token } = sent(third.output);
  const answered = coap.receive(peer, 1, wire({ type: 'ACK', code: '2.05', id: messageId, token }), at(100_010));
  assert.equal(answered.send[0]?.request, third.id, 'it has proved itself');
});

test('a peer that has proved itself otherwise is asked the rest at once', () => {
  const coap = newCoap();
  coap.expectProof(peer, at(0));
  const { id: messageId } = sent(start(coap, get).output);
  const second = start(coap, get);
  coap.receive(peer, 1, wire({ type: 'ACK', id: messageId }), at(10));
  assert.equal(coap.hasLeft(second.id), false, 'an acknowledgement without a token proves nothing');
  assert.equal(coap.proved(peer, at(20)).send[0]?.request, second.id);
});

test('the answer to what was taken up again is no proof, and lets one more request leave', () => {
  const { output } = start(newCoap(), execute, { held: true });
  const { bytes, token, messageId } = only(output, 'ready');
  const coap = newCoap();
  coap.expectProof(peer, at(0));
  coap.resumeRequest(peer, { bytes, ageMs: 1_000 }, at(0));
  const [first, second] = [start(coap, get), start(coap, get)];
  const answer = wire({ type: 'ACK', code: '2.04', id: messageId, token: Buffer.from(token).toString('hex') });
  assert.equal(coap.receive(peer, 1, answer, at(10)).send[0]?.request, first.id);
  coap.advance(at(100_000));
  assert.equal(coap.hasLeft(second.id), false);
});

/** A request that left before a restart waits behind another that was taken up, and has the turn. */
function waitingAgain() {
  const coap = newCoap();
  const messages = [1, 2].map((id) => ({ id, token: `a${id}` }));
  for (const message of messages) {
    const bytes = wire({ code: '0.02', ...message, options: [['Uri-Path', '3']] });
    assert.ok('id' in coap.resumeRequest(peer, { bytes, ageMs: 1_000 }, at(0)));
  }
  const [first, { id: messageId, token }] = messages as [(typeof messages)[0], (typeof messages)[0]];
  return { coap, first, messageId, token };
}

function start(coap: Coap, request: CoapRequest, options: RequestOptions = {}, now = 0) {
  const result = coap.request(peer, request, options, at(now));
  if ('refused' in result) return assert.fail(result.refused);
  return result;
}
