/** Duplicates across associations and restarts, and the bounds of their records. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/base/limits.ts';
import type { Coap } from '../../src/coap/coap.ts';
import type { PeerId } from '../../src/coap/output.ts';
import { at, block, lines, newCoap, only, peer, reasons, sent, type Wire, wire } from './coap-world.ts';

test('over a new association a repeated datagram is a duplicate for 45 s', () => {
  const coap = newCoap();
  answered(coap, 1, update(1), 0);
  const again = coap.receive(peer, 2, update(1), at(limits.maxTransmitSpanMs));
  assert.deepEqual([again.events, lines(again)], [[], ['ACK 2.04 1 aa']]);
});

test('over a new association it is a new request after 45 s', () => {
  const coap = newCoap();
  answered(coap, 1, update(1), 0);
  only(coap.receive(peer, 2, update(1), at(limits.maxTransmitSpanMs + 1)), 'request');
});

test('over a new association other bytes under the same message ID and token are a new request (a rebooted device)', () => {
  const coap = newCoap();
  answered(coap, 1, update(1), 0);
  only(coap.receive(peer, 2, update(1, { payload: 'other' }), at(10)), 'request');
  const first = coap.receive(peer, 2, update(1, { payload: 'other' }), at(20));
  assert.deepEqual(reasons(first), ['duplicate'], 'and from then on that one is remembered');
});

test('over the same association other bytes under the same message ID and token are a duplicate', () => {
  const coap = newCoap();
  answered(coap, 1, update(1), 0);
  assert.deepEqual(lines(coap.receive(peer, 1, update(1, { payload: 'other' }), at(10))), ['ACK 2.04 1 aa']);
});

test('a Register over a new association is always carried out, over the same one never twice', () => {
  const coap = newCoap();
  answered(coap, 1, register(1), 0);
  assert.deepEqual(lines(coap.receive(peer, 1, register(1), at(10))), ['ACK 2.04 1 aa']);
  answered(coap, 2, register(1), 20);
  assert.deepEqual(lines(coap.receive(peer, 2, register(1), at(30))), ['ACK 2.04 1 aa']);
});

test('after a Register over the new association nothing of the old one makes a duplicate', () => {
  const coap = newCoap();
  answered(coap, 1, update(5), 0);
  answered(coap, 2, register(1), 10);
  only(coap.receive(peer, 2, update(5), at(20)), 'request');
});

test('a request in hand of the old association does not answer for its successor', () => {
  const coap = newCoap();
  const old = only(coap.receive(peer, 1, register(1), at(0)), 'request');
  const fresh = only(coap.receive(peer, 2, register(1), at(10)), 'request');
  assert.deepEqual(reasons(coap.respond(peer, old.exchange, { code: '2.01' }, at(20))), ['unknown-exchange']);
  assert.deepEqual(lines(coap.respond(peer, fresh.exchange, { code: '2.01' }, at(30))), ['ACK 2.01 1 aa']);
  assert.deepEqual(lines(coap.advance(at(10_000))), [], 'no empty acknowledgement for the old one');
});

test('after a restart a repeated notification gets its acknowledgement, a repeated Send its answer', () => {
  const before = newCoap();
  const notification = wire({ code: '2.05', id: 1, token: '07', options: [['Observe', 3]], payload: '22' });
  before.restoreObservation(peer, observation, at(0));
  const { digest } = only(before.receive(peer, 4, notification, at(0)), 'notification');
  const send = only(before.receive(peer, 4, update(2), at(0)), 'request');
  const coap = newCoap();
  const common = { association: 4, ageMs: 3_000 };
  coap.restoreObservation(peer, observation, at(0));
  coap.rememberMessage(
    peer,
    { messageId: 1, token: Uint8Array.of(7), digest, answer: 'acknowledgement', ...common },
    at(0),
  );
  const { messageId, token } = send.request;
  const answer = { code: '2.04' } as const;
  coap.rememberMessage(peer, { messageId, token, digest: send.request.digest, answer, ...common }, at(0));
  const repeated = [coap.receive(peer, 4, notification, at(5)), coap.receive(peer, 4, update(2), at(5))];
  assert.deepEqual(repeated.map(lines), [['ACK 0.00 1'], ['ACK 2.04 2 aa']]);
  assert.deepEqual(
    repeated.map(({ events }) => events.length),
    [0, 0],
  );
  coap.advance(at(limits.exchangeLifetimeMs - 3_000));
  assert.equal(coap.statistics().exchangesRemembered, 0);
});

test('a record older than EXCHANGE_LIFETIME is not put back', () => {
  const coap = newCoap();
  const record = {
    messageId: 1,
    token: Uint8Array.of(7),
    association: 1,
    digest: 0,
    answer: 'acknowledgement',
  } as const;
  coap.rememberMessage(peer, { ...record, ageMs: limits.exchangeLifetimeMs }, at(0));
  assert.equal(coap.statistics().exchangesRemembered, 0);
  coap.rememberMessage(peer, { ...record, ageMs: limits.exchangeLifetimeMs - 1 }, at(0));
  assert.equal(coap.statistics().exchangesRemembered, 1);
});

test('open exchanges of a peer are bounded: then 5.03 with Max-Age, counted; others go on', () => {
  const coap = newCoap();
  for (let id = 0; id < limits.exchangesPerPeerMax; id++) only(coap.receive(peer, 1, update(id), at(0)), 'request');
  const refused = coap.receive(peer, 1, update(9_999), at(0));
  assert.deepEqual([refused.events, reasons(refused)], [[], ['too-many-exchanges']]);
  assert.deepEqual(sent(refused).options, [['Max-Age', '1e']]);
  assert.deepEqual(lines(refused), ['ACK 5.03 9999 aa']);
  only(coap.receive('another' as PeerId, 1, update(1), at(0)), 'request');
});

test('records of a peer are bounded: a young one is never forgotten, and room comes with age', () => {
  const coap = newCoap();
  for (let id = 0; id < limits.duplicatesPerPeerMax; id++) answered(coap, 1, update(id), id);
  assert.deepEqual(lines(coap.receive(peer, 1, update(9_999), at(3_000))), ['ACK 5.03 9999 aa']);
  assert.deepEqual(lines(coap.receive(peer, 1, update(0), at(3_000))), ['ACK 2.04 0 aa']);
  coap.restoreObservation(peer, observation, at(0));
  const notification = wire({ code: '2.05', id: 1, token: '07', options: [['Observe', 3]] });
  const silent = coap.receive(peer, 1, notification, at(3_000));
  assert.deepEqual([silent.events, silent.send, reasons(silent)], [[], [], ['too-many-exchanges']]);
  coap.advance(at(limits.exchangeLifetimeMs + 1));
  only(coap.receive(peer, 1, update(9_999), at(limits.exchangeLifetimeMs + 1)), 'request');
});

test('records in all are bounded', () => {
  const coap = newCoap();
  const message = update(1);
  for (let i = 0; i < limits.exchangesMax; i++) coap.receive(`peer ${i}` as PeerId, 1, message, at(0));
  assert.equal(coap.statistics().exchangesRemembered, limits.exchangesMax);
  assert.deepEqual(reasons(coap.receive(peer, 1, update(1), at(0))), ['too-many-exchanges']);
  assert.deepEqual(reasons(coap.receive('peer 0' as PeerId, 1, update(2), at(0))), ['too-many-exchanges']);
});

test('a response to a request of ours is taken and acknowledged even when there is no room for its record', () => {
  const coap = newCoap();
  for (let id = 0; id < limits.exchangesPerPeerMax; id++) coap.receive(peer, 1, update(id), at(0));
  const made = coap.request(peer, { method: 'GET', path: ['3'] }, {}, at(0));
  assert.ok('id' in made);
  const { token } = sent(made.output);
  const output = coap.receive(peer, 1, wire({ code: '2.05', id: 7_000, token }), at(10));
  assert.deepEqual([only(output, 'response').id, lines(output)], [made.id, ['ACK 0.00 7000']]);
  assert.deepEqual(lines(coap.receive(peer, 1, wire({ code: '2.05', id: 7_000, token }), at(20))), ['ACK 0.00 7000']);
});

test('a forgotten peer leaves nothing behind but its message IDs', () => {
  const coap = newCoap();
  coap.restoreObservation(peer, observation, at(0));
  coap.receive(peer, 1, update(1), at(0));
  const part = { options: [['Block1', block(0, true, 16)]], payload: 'x'.repeat(16) } as const;
  coap.receive(peer, 1, wire({ code: '0.02', id: 2, token: '05', ...part }), at(0));
  coap.request(peer, { method: 'GET', path: ['3'] }, {}, at(0));
  coap.request(peer, { method: 'GET', path: ['3'] }, {}, at(0));
  const kinds = coap.forgetPeer(peer, at(1)).events.map((event) => event.kind);
  assert.deepEqual(kinds, ['failed', 'failed']);
  assert.deepEqual(
    Object.entries(coap.statistics()).filter(([, count]) => count !== 0),
    [],
  );
  assert.deepEqual(lines(coap.advance(at(500_000))), []);
  assert.equal(coap.nextDeadline(), undefined);
});

const observation = { token: Uint8Array.of(7), request: { method: 'GET', path: ['3303', '0', '5700'] } } as const;

function answered(coap: Coap, association: number, bytes: Uint8Array, now: number): void {
  const { exchange } = only(coap.receive(peer, association, bytes, at(now)), 'request');
  coap.respond(peer, exchange, { code: '2.04' }, at(now));
}

function update(id: number, more: Partial<Wire> = {}): Uint8Array {
  const options = [
    ['Uri-Path', 'rd'],
    ['Uri-Path', 'a1'],
  ] as const;
  return wire({ code: '0.02', id, token: 'aa', options, ...more });
}

function register(id: number): Uint8Array {
  return wire({ code: '0.02', id, token: 'aa', options: [['Uri-Path', 'rd']] });
}
