/** The message flows of RFC 7252 appendix A, message by message, with our layer at either end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8Encode } from '../../src/base/bytes.ts';
import type { CoapRequest } from '../../src/coap/request.ts';
import { at, lines, newCoap, only, peer, read, sent, wire } from './coap-world.ts';

const temperature: CoapRequest = { method: 'GET', path: ['temperature'] };
const warm = { code: '2.05', payload: utf8Encode('22.3 C') } as const;

test('figure 16: confirmable request, piggybacked response (client)', () => {
  const coap = newCoap();
  const asked = request(coap, 0);
  const { id, token } = sent(asked.output);
  assert.deepEqual(sent(asked.output), {
    type: 'CON',
    code: '0.01',
    id,
    token,
    options: [['Uri-Path', Buffer.from('temperature').toString('hex')]],
    payload: '',
  });
  const answered = coap.receive(peer, 1, wire({ type: 'ACK', code: '2.05', id, token, payload: '22.3 C' }), at(30));
  const { response, roundTripMs } = only(answered, 'response');
  assert.equal(roundTripMs, 30);
  assert.deepEqual(response.payload, utf8Encode('22.3 C'));
  assert.equal(coap.advance(at(1_000_000)).send.length, 0);
});

test('figure 16: confirmable request, piggybacked response (server)', () => {
  const coap = newCoap();
  const { exchange } = only(ask(coap, { id: 0x7d34, token: '' }, 0), 'request');
  const answered = sent(coap.respond(peer, exchange, warm, at(5)));
  assert.deepEqual(answered, { type: 'ACK', code: '2.05', id: 0x7d34, token: '', options: [], payload: '22.3 C' });
});

test('figure 17: the token comes back', () => {
  const coap = newCoap();
  const { exchange } = only(ask(coap, { id: 0x7d35, token: '20' }, 0), 'request');
  assert.deepEqual(lines(coap.respond(peer, exchange, warm, at(5))), ['ACK 2.05 32053 20']);
});

test('figure 18: the confirmable request is lost, and retransmitted', () => {
  const coap = newCoap();
  const { id, token } = sent(request(coap, 0).output);
  assert.equal(coap.nextDeadline(), at(2_000));
  assert.deepEqual(lines(coap.advance(at(2_000))), [`CON 0.01 ${id} ${token}`]);
  const answered = coap.receive(peer, 1, wire({ type: 'ACK', code: '2.05', id, token, payload: '22.3 C' }), at(2_010));
  assert.equal(only(answered, 'response').roundTripMs, 2_010);
});

test('figure 19: the piggybacked response is lost, and sent again to the duplicate', () => {
  const coap = newCoap();
  const { exchange } = only(ask(coap, { id: 0x7d37, token: '42' }, 0), 'request');
  const first = coap.respond(peer, exchange, warm, at(5));
  const again = ask(coap, { id: 0x7d37, token: '42' }, 2_000);
  assert.deepEqual(again.events, []);
  assert.deepEqual(again.send[0]?.bytes, first.send[0]?.bytes);
});

test('figure 20: confirmable request, separate response (client)', () => {
  const coap = newCoap();
  const { id, token } = sent(request(coap, 0).output);
  assert.deepEqual(coap.receive(peer, 1, wire({ type: 'ACK', id }), at(20)).events, []);
  assert.deepEqual(lines(coap.advance(at(60_000))), []);
  const separate = wire({ type: 'CON', code: '2.05', id: 0xad7b, token, payload: '22.3 C' });
  const answered = coap.receive(peer, 1, separate, at(61_000));
  assert.equal(only(answered, 'response').roundTripMs, 61_000);
  assert.deepEqual(lines(answered), ['ACK 0.00 44411']);
});

test('figure 20: confirmable request, separate response (server)', () => {
  const coap = newCoap();
  const { exchange } = only(ask(coap, { id: 0x7d38, token: '53' }, 0), 'request');
  assert.deepEqual(lines(coap.advance(at(1_499))), []);
  assert.deepEqual(lines(coap.advance(at(1_500))), ['ACK 0.00 32056']);
  const response = sent(coap.respond(peer, exchange, warm, at(3_000)));
  assert.deepEqual([response.type, response.code, response.token], ['CON', '2.05', '53']);
  assert.equal(lines(coap.advance(at(5_000))).length, 1, 'retransmitted');
  coap.receive(peer, 1, wire({ type: 'ACK', id: response.id }), at(5_100));
  assert.deepEqual(lines(coap.advance(at(200_000))), []);
});

test('figure 21: the client has lost its state, and rejects the separate response that it did not expect', () => {
  const coap = newCoap();
  const separate = wire({ type: 'CON', code: '2.05', id: 0xad7c, token: '64', payload: '22.3 C' });
  const { exchange } = only(coap.receive(peer, 1, separate, at(3)), 'unknown-token');
  assert.deepEqual(lines(coap.reject(peer, exchange)), ['RST 0.00 44412']);
  assert.deepEqual(lines(coap.receive(peer, 1, separate, at(2_003))), ['RST 0.00 44412'], 'and again');
});

test('a separate response that overtakes the acknowledgement ends the retransmissions', () => {
  const coap = newCoap();
  const { token } = sent(request(coap, 0).output);
  const separate = wire({ type: 'CON', code: '2.05', id: 0xad7c, token, payload: '22.3 C' });
  assert.equal(coap.receive(peer, 1, separate, at(3)).events.length, 1);
  assert.deepEqual(lines(coap.advance(at(90_000))), []);
});

test('figure 22: non-confirmable request, non-confirmable response', () => {
  const coap = newCoap();
  const { exchange } = only(ask(coap, { type: 'NON', id: 0x7d40, token: '75' }, 0), 'request');
  const response = sent(coap.respond(peer, exchange, warm, at(5)));
  assert.deepEqual([response.type, response.code, response.token], ['NON', '2.05', '75']);
  assert.equal(coap.advance(at(100_000)).send.length, 0);
});

function request(coap: ReturnType<typeof newCoap>, now: number) {
  const made = coap.request(peer, temperature, {}, at(now));
  assert.ok('id' in made);
  return made;
}

function ask(coap: ReturnType<typeof newCoap>, message: { type?: 'NON'; id: number; token: string }, now: number) {
  const bytes = wire({ type: 'CON', code: '0.01', options: [['Uri-Path', 'temperature']], ...message });
  assert.equal(read(bytes).code, '0.01');
  return coap.receive(peer, 1, bytes, at(now));
}
