import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/base/limits.ts';
import { MessageIds } from '../../src/coap/message-ids.ts';
import { at, entropyOf, lines, newCoap, only, peer, reasons, sent, wire } from './coap-world.ts';

test('a range has 8,192 message IDs, each used once within EXCHANGE_LIFETIME', () => {
  const ids = new MessageIds(entropyOf(7));
  const used = new Set<number>();
  for (let i = 0; i < limits.messageIdsPerRange; i++) {
    const id = ids.take(5, at(i));
    assert.ok(id !== undefined && id >> 13 === 5);
    used.add(id);
  }
  assert.equal(used.size, limits.messageIdsPerRange);
  assert.equal(ids.take(5, at(9_000)), undefined);
  assert.equal(ids.availableAt(at(9_000)), limits.exchangeLifetimeMs + 63, 'when the group that was used first is old');
  assert.ok(ids.take(5, at(limits.exchangeLifetimeMs + 63)) !== undefined);
});

test('another range has IDs of its own, and the old one stays used', () => {
  const ids = new MessageIds(entropyOf(7));
  for (let i = 0; i < limits.messageIdsPerRange; i++) ids.take(7, at(0));
  assert.equal((ids.take(0, at(1)) as number) >> 13, 0);
  assert.equal(ids.take(7, at(2)), undefined);
  assert.ok(!ids.isIdle(at(limits.exchangeLifetimeMs)));
  assert.ok(ids.isIdle(at(limits.exchangeLifetimeMs + 1)));
});

test('every message ID of ours has the bits of the range, that of a retransmission those of its first transmission', () => {
  const coap = newCoap();
  coap.setMessageIdRange(6);
  const made = coap.request(peer, { method: 'GET', path: ['3'] }, {}, at(0));
  assert.ok('id' in made);
  const { id } = sent(made.output);
  assert.equal(id >> 13, 6);
  assert.equal(made.messageId, id);
  coap.setMessageIdRange(7);
  assert.equal(sent(coap.advance(at(2_000))).id, id);
  const { exchange } = only(coap.receive(peer, 1, wire({ code: '0.01', id: 1, token: '01' }), at(2_000)), 'request');
  coap.advance(at(3_500));
  assert.equal(sent(coap.respond(peer, exchange, { code: '2.05' }, at(3_500))).id >> 13, 7);
});

test('a peer out of IDs waits: its request leaves when one is old enough; others go on', () => {
  const coap = newCoap({ parameters: { outstandingRequestsMax: 1, ackRandomFactor: 1 } });
  for (let i = 0; i < limits.messageIdsPerRange; i++) {
    const made = coap.request(peer, { method: 'GET', path: [] }, {}, at(i));
    assert.ok('id' in made && made.messageId !== undefined);
    coap.cancelRequest(made.id, at(i));
  }
  const waiting = coap.request(peer, { method: 'GET', path: ['3'] }, {}, at(9_000));
  assert.ok('id' in waiting);
  assert.deepEqual(
    [waiting.messageId, waiting.output.send, reasons(waiting.output)],
    [undefined, [], ['message-id-exhausted']],
  );
  const oldEnough = limits.exchangeLifetimeMs + 63;
  assert.deepEqual(lines(coap.advance(at(oldEnough - 1))), []);
  const { send } = coap.advance(at(oldEnough));
  assert.deepEqual(
    send.map(({ kind, request }) => [kind, request]),
    [['request', waiting.id]],
  );
  const failed = only(coap.advance(at(oldEnough + limits.maxTransmitWaitMs)), 'failed');
  assert.deepEqual([failed.reason, failed.sent], ['timeout', true]);
  for (let later = oldEnough; later < 2_000_000; later += 100_000) coap.advance(at(later));
  assert.equal(coap.nextDeadline(), undefined, 'nothing is left of the peer');
});

test('a non-confirmable answer without an ID is a counted drop', () => {
  const ids = new MessageIds(entropyOf(1));
  assert.ok(ids.take(0, at(0)) !== undefined);
  const coap = newCoap();
  for (let i = 0; i < limits.messageIdsPerRange; i++) {
    const made = coap.request(peer, { method: 'GET', path: [] }, {}, at(0));
    assert.ok('id' in made);
    coap.cancelRequest(made.id, at(0));
  }
  const { exchange } = only(coap.receive(peer, 1, wire({ type: 'NON', code: '0.01', id: 1 }), at(0)), 'request');
  const output = coap.respond(peer, exchange, { code: '2.05' }, at(0));
  assert.deepEqual([output.send, reasons(output)], [[], ['message-id-exhausted']]);
});
