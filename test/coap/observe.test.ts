/** Observations (RFC 7641), step by step; each name says which hole of npm `coap` it keeps shut, where it is one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex, utf8Encode } from '../../src/base/bytes.ts';
import { limits } from '../../src/base/limits.ts';
import type { Coap } from '../../src/coap/coap.ts';
import type { CoapRequest } from '../../src/coap/request.ts';
import { at, block, lines, newCoap, only, peer, reasons, sent, type Wire, wire } from './coap-world.ts';

const path = ['3303', '0', '5700'];
const observe: CoapRequest = { method: 'GET', path, observe: 0, accept: 112 };

test('a confirmable notification is acknowledged by the caller alone, however long his commit takes', () => {
  const { coap, token } = observing();
  const output = coap.receive(peer, 1, notification(token, 100, 2), at(1_000));
  const event = only(output, 'notification');
  assert.deepEqual([output.send, event.confirmable, event.fresh, event.messageId], [[], true, true, 100]);
  assert.deepEqual(event.response.payload, utf8Encode('22.5'));
  assert.deepEqual(lines(coap.advance(at(30_000))), [], 'never an empty acknowledgement of our own');
  const early = coap.receive(peer, 1, notification(token, 100, 2), at(30_000));
  assert.deepEqual([early.events, early.send, reasons(early)], [[], [], ['duplicate']]);
  assert.deepEqual(lines(coap.acknowledge(peer, event.exchange)), ['ACK 0.00 100']);
  const late = coap.receive(peer, 1, notification(token, 100, 2), at(40_000));
  assert.deepEqual([late.events, lines(late)], [[], ['ACK 0.00 100']]);
});

test('a notification that the caller does not take counts as new when it is repeated', () => {
  const { coap, token } = observing();
  const first = only(coap.receive(peer, 1, notification(token, 100, 2), at(1_000)), 'notification');
  coap.ignore(peer, first.exchange);
  const again = only(coap.receive(peer, 1, notification(token, 100, 2), at(3_000)), 'notification');
  assert.equal(again.fresh, true);
});

test('a non-confirmable notification needs no answer, and its duplicate is dropped', () => {
  const { coap, token } = observing();
  const bytes = notification(token, 100, 2, { type: 'NON' });
  const event = only(coap.receive(peer, 1, bytes, at(1_000)), 'notification');
  assert.equal(event.confirmable, false);
  assert.deepEqual(coap.acknowledge(peer, event.exchange).send, []);
  assert.deepEqual(reasons(coap.receive(peer, 1, bytes, at(1_001))), ['duplicate']);
  assert.equal(coap.statistics().exchangesOpen, 0);
});

test('an older notification is delivered as not fresh', () => {
  const { coap, token } = observing();
  only(coap.receive(peer, 1, notification(token, 101, 3), at(1_000)), 'notification');
  assert.equal(only(coap.receive(peer, 1, notification(token, 100, 2), at(1_001)), 'notification').fresh, false);
});

test('RST to a notification is what ends it at the device', () => {
  const { coap, token } = observing();
  coap.forgetToken(peer, token);
  const { exchange } = only(coap.receive(peer, 1, notification(token, 100, 2), at(1_000)), 'unknown-token');
  assert.deepEqual(lines(coap.reject(peer, exchange)), ['RST 0.00 100']);
});

test('an unknown token is left to the caller, who may stay silent while he recovers', () => {
  const coap = newCoap();
  const output = coap.receive(peer, 1, notification(Uint8Array.of(9), 100, 2), at(0));
  const { exchange, confirmable } = only(output, 'unknown-token');
  assert.deepEqual([output.send, confirmable], [[], true]);
  coap.ignore(peer, exchange);
  coap.restoreObservation(peer, { token: Uint8Array.of(9), request: observe }, at(10));
  only(coap.receive(peer, 1, notification(Uint8Array.of(9), 100, 2), at(2_000)), 'notification');
});

test('an error notification ends the observation and is reported (it has no Observe option)', () => {
  const { coap, token } = observing();
  const gone = wire({ code: '4.04', id: 100, token: toHex(token) });
  const output = coap.receive(peer, 1, gone, at(1_000));
  const event = only(output, 'observation-ended');
  assert.deepEqual([output.send, event.code, event.confirmable], [[], '4.04', true]);
  assert.deepEqual(lines(coap.acknowledge(peer, event.exchange)), ['ACK 0.00 100']);
  assert.equal(coap.statistics().observations, 0);
  only(coap.receive(peer, 1, notification(token, 101, 3), at(2_000)), 'unknown-token');
});

test('the end of an observation that the caller does not take comes again as its end', () => {
  const { coap, token } = observing();
  const gone = wire({ code: '4.04', id: 100, token: toHex(token) });
  coap.ignore(peer, only(coap.receive(peer, 1, gone, at(1_000)), 'observation-ended').exchange);
  only(coap.receive(peer, 1, gone, at(3_000)), 'observation-ended');
});

test('an observation that is refused leaves no token: a response without Observe, or an error', () => {
  for (const code of ['2.05', '4.05']) {
    const coap = newCoap();
    const made = sent(start(coap, observe).output);
    const response = coap.receive(peer, 1, wire({ type: 'ACK', code, id: made.id, token: made.token }), at(10));
    assert.equal(only(response, 'response').response.observe, undefined);
    assert.equal(coap.statistics().observations, 0);
  }
});

test('cancelled by request: same token, same options; notifications until then are notifications', () => {
  const { coap, token } = observing();
  const cancel = start(coap, { ...observe, observe: 1 }, token);
  const message = sent(cancel.output);
  assert.deepEqual([message.token, message.options[0]], [toHex(token), ['Observe', '01']]);
  only(coap.receive(peer, 1, notification(token, 100, 2), at(1_000)), 'notification');
  const bytes = wire({ type: 'ACK', code: '2.05', id: message.id, token: message.token });
  assert.equal(only(coap.receive(peer, 1, bytes, at(1_010)), 'response').id, cancel.id);
  assert.equal(coap.statistics().observations, 0);
  only(coap.receive(peer, 1, notification(token, 101, 3), at(1_020)), 'unknown-token');
});

test('a refresh with the same token keeps the observation; a notification in between is one', () => {
  const { coap, token } = observing();
  const message = sent(start(coap, observe, token).output);
  only(coap.receive(peer, 1, notification(token, 100, 2), at(1_000)), 'notification');
  const bytes = wire({ type: 'ACK', code: '2.05', id: message.id, token: message.token, options: [['Observe', 3]] });
  assert.equal(only(coap.receive(peer, 1, bytes, at(1_010)), 'response').response.observe, 3);
  assert.equal(coap.statistics().observations, 1);
});

test('a registration that timed out: a notification for it is no late response, so the device can be told', () => {
  const coap = newCoap();
  const { token } = start(coap, observe);
  only(coap.advance(at(94_000)), 'failed');
  const output = coap.receive(peer, 1, notification(token, 100, 1), at(95_000));
  assert.deepEqual([only(output, 'unknown-token').token, output.send], [token, []]);
});

test('restored after a restart: matched, stale ones known, no traffic needed', () => {
  const coap = newCoap();
  const token = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  coap.restoreObservation(peer, { token, request: observe, lastSequence: 100 }, at(0));
  const fresh = (sequence: number, id: number) =>
    only(coap.receive(peer, 1, notification(token, id, sequence), at(id)), 'notification').fresh;
  assert.deepEqual([fresh(99, 1), fresh(101, 2), fresh(101, 3)], [false, true, false]);
});

test('observations of a peer are bounded', () => {
  const coap = newCoap();
  for (let i = 0; i < limits.observationTokensPerPeerMax; i++)
    coap.restoreObservation(peer, { token: Uint8Array.of(1, i >> 8, i & 0xff), request: observe }, at(0));
  assert.deepEqual(coap.request(peer, observe, {}, at(0)), { refused: 'too-many-observations' });
});

test('a long notification is fetched whole under another token, without Observe, and then delivered', () => {
  const { coap, token } = observing();
  const output = coap.receive(peer, 1, notification(token, 100, 2, long(0)), at(1_000));
  assert.deepEqual(output.events, []);
  const fetch = sent(output);
  assert.notEqual(fetch.token, toHex(token));
  assert.deepEqual(
    fetch.options.map(([name]) => name),
    ['Uri-Path', 'Uri-Path', 'Uri-Path', 'Accept', 'Block2'],
  );
  const rest = wire({ type: 'ACK', code: '2.05', id: fetch.id, token: fetch.token, ...long(1) });
  const event = only(coap.receive(peer, 1, rest, at(1_100)), 'notification');
  assert.deepEqual([Buffer.from(event.response.payload).toString(), event.response.observe], [body, 2]);
  assert.deepEqual([event.confirmable, event.messageId], [true, 100]);
  assert.deepEqual(lines(coap.acknowledge(peer, event.exchange)), ['ACK 0.00 100']);
});

test('a long notification whose rest does not come is not acknowledged, and counts anew when it is repeated', () => {
  const { coap, token } = observing();
  const bytes = notification(token, 100, 2, long(0));
  coap.receive(peer, 1, bytes, at(1_000));
  const given = coap.advance(at(95_000));
  assert.deepEqual([given.events, reasons(given)], [[], ['incomplete-notification']]);
  const fetch = sent(coap.receive(peer, 1, bytes, at(95_000)));
  const rest = wire({ type: 'ACK', code: '2.05', id: fetch.id, token: fetch.token, ...long(1) });
  assert.equal(only(coap.receive(peer, 1, rest, at(96_100)), 'notification').fresh, true);
});

test('a long notification that finds the queue full is not acknowledged, and counted', () => {
  const { coap, token } = observing();
  for (let i = 0; i < limits.requestsQueuedPerPeerMax; i++) start(coap, { method: 'GET', path: ['3'] });
  const output = coap.receive(peer, 1, notification(token, 100, 2, long(0)), at(1_000));
  assert.deepEqual([output.events, output.send, reasons(output)], [[], [], ['incomplete-notification']]);
});

test('the refresh of a long composite observation: an answer to one of its blocks does not end the observation', () => {
  const coap = newCoap({ parameters: { blockBytes: 16, ackRandomFactor: 1 } });
  const composite: CoapRequest = { method: 'FETCH', path: [], observe: 0, payload: new Uint8Array(20) };
  const token = Uint8Array.of(5);
  coap.restoreObservation(peer, { token, request: composite }, at(0));
  const { id } = sent(start(coap, composite, token).output);
  const options = [['Block1', block(0, true, 16)]] as const;
  coap.receive(peer, 1, wire({ type: 'ACK', code: '2.31', id, token: '05', options }), at(10));
  only(coap.receive(peer, 1, notification(token, 100, 2), at(20)), 'notification');
});

test('a long notification whose token is forgotten meanwhile has an unknown token', () => {
  const { coap, token } = observing();
  const fetch = sent(coap.receive(peer, 1, notification(token, 100, 2, long(0)), at(1_000)));
  coap.forgetToken(peer, token);
  const rest = wire({ type: 'ACK', code: '2.05', id: fetch.id, token: fetch.token, ...long(1) });
  only(coap.receive(peer, 1, rest, at(1_100)), 'unknown-token');
});

test('a long response to the registration: blocks under another token, and the observation lives', () => {
  const coap = newCoap();
  const made = start(coap, observe);
  const first = sent(made.output);
  const options = [['Observe', 1], long(0).options[1] ?? ['', 0]] as const;
  const answer = wire({ ...long(0), type: 'ACK', code: '2.05', id: first.id, token: first.token, options });
  const next = sent(coap.receive(peer, 1, answer, at(10)));
  assert.notEqual(next.token, first.token);
  assert.ok(!next.options.some(([name]) => name === 'Observe'));
  const concurrent = notification(made.token, 100, 2);
  only(coap.receive(peer, 1, concurrent, at(15)), 'notification');
  const rest = wire({ type: 'ACK', code: '2.05', id: next.id, token: next.token, ...long(1) });
  const event = only(coap.receive(peer, 1, rest, at(20)), 'response');
  assert.deepEqual([event.id, event.token, event.response.observe], [made.id, made.token, 1]);
  assert.equal(Buffer.from(event.response.payload).toString(), body);
  assert.equal(coap.statistics().observations, 1);
});

test('a long response to the registration that stays incomplete: the caller hears of failure, the token is forgotten', () => {
  const coap = newCoap();
  const made = start(coap, observe);
  const first = sent(made.output);
  const options = [['Observe', 1], long(0).options[1] ?? ['', 0]] as const;
  coap.receive(
    peer,
    1,
    wire({ ...long(0), type: 'ACK', code: '2.05', id: first.id, token: first.token, options }),
    at(10),
  );
  assert.equal(only(coap.advance(at(95_000)), 'failed').id, made.id);
  only(coap.receive(peer, 1, notification(made.token, 100, 2), at(96_000)), 'unknown-token');
});

test('a notification with an unknown critical option is ignored: RST would end the observation', () => {
  const { coap, token } = observing();
  const output = coap.receive(
    peer,
    1,
    notification(token, 100, 2, {
      options: [
        ['Observe', 2],
        ['65001', 'x'],
      ],
    }),
    at(1),
  );
  assert.deepEqual([output.events, output.send, reasons(output)], [[], [], ['bad-option']]);
  assert.equal(coap.statistics().observations, 1);
});

const body = `${'a'.repeat(16)}${'b'.repeat(5)}`;

/** One of the two blocks of `body`. */
function long(number: 0 | 1) {
  return {
    options: [
      ...(number === 0 ? ([['Observe', 2]] as const) : []),
      ['Block2', block(number, number === 0, 16)],
    ] as (readonly [string, number])[],
    payload: body.slice(16 * number, 16 * number + 16),
  };
}

function observing(): { coap: Coap; token: Uint8Array } {
  const coap = newCoap();
  const message = sent(start(coap, observe).output);
  const options = [['Observe', 1]] as const;
  const bytes = wire({ type: 'ACK', code: '2.05', id: message.id, token: message.token, options, payload: '21.5' });
  assert.equal(only(coap.receive(peer, 1, bytes, at(10)), 'response').response.observe, 1);
  return { coap, token: fromHex(message.token) as Uint8Array };
}

function start(coap: Coap, request: CoapRequest, token?: Uint8Array) {
  const made = coap.request(peer, request, token === undefined ? {} : { token }, at(100));
  assert.ok('id' in made);
  return made;
}

function notification(token: Uint8Array, id: number, sequence: number, more: Partial<Wire> = {}): Uint8Array {
  return wire({ code: '2.05', id, token: toHex(token), options: [['Observe', sequence]], payload: '22.5', ...more });
}
