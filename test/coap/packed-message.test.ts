/** Duplicate records once their answers have left: small, whole, and gone in time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { limits } from '../../src/base/limits.ts';
import type { ExchangeId } from '../../src/coap/output.ts';
import { pack, packedExpiry, unpack } from '../../src/coap/packed-message.ts';
import { lifetimeMs, nameOf, type ReceivedMessage } from '../../src/coap/received-message.ts';
import { at, lines, newCoap, only, peer, reasons, wire } from './coap-world.ts';

const records: fc.Arbitrary<ReceivedMessage> = fc
  .record({
    exchange: fc.nat().map((number) => number as ExchangeId),
    association: fc.maxSafeNat(),
    messageId: fc.integer({ min: 0, max: 65_535 }),
    token: fc.uint8Array({ maxLength: 8 }),
    digest: fc.integer({ min: 0, max: 0xffffffff }),
    confirmable: fc.boolean(),
    isRequest: fc.boolean(),
    arrived: fc.double({ min: -1e6, max: 1e12, noNaN: true }).map((time) => at(time + 0)),
    state: fc.constantFrom('answered', 'acknowledged', 'rejected', 'settled', 'answered-separately'),
    answer: fc.option(fc.uint8Array({ minLength: 4, maxLength: 60 }), { nil: undefined }),
  })
  .map(({ arrived, token, ...rest }) => ({
    ...rest,
    kind: 'received-message',
    key: nameOf(rest.messageId, token),
    peer,
    arrivedAt: arrived,
    expiresAt: at(arrived + lifetimeMs(rest.confirmable)),
    note: undefined,
  }));

test('a packed record comes back as it was', () => {
  fc.assert(
    fc.property(records, (record) => {
      const packed = pack(record);
      assert.deepEqual(unpack(packed, peer, record), record);
      assert.equal(packedExpiry(packed), record.expiresAt);
    }),
    { numRuns: 1_000, seed: 3 },
  );
});

test('a repetition one millisecond before EXCHANGE_LIFETIME gets its answer, at its end it is new', () => {
  for (const [later, drops] of [
    [limits.exchangeLifetimeMs - 1, ['duplicate']],
    [limits.exchangeLifetimeMs, []],
  ] as const) {
    const coap = newCoap();
    const request = wire({ code: '0.02', id: 7, token: 'aa' });
    const { exchange } = only(coap.receive(peer, 1, request, at(0)), 'request');
    assert.deepEqual(lines(coap.respond(peer, exchange, { code: '2.04' }, at(5))), ['ACK 2.04 7 aa']);
    const again = coap.receive(peer, 1, request, at(later));
    assert.deepEqual(reasons(again), drops);
    assert.deepEqual(lines(again), drops.length === 1 ? ['ACK 2.04 7 aa'] : []);
  }
});

test('a peer full of old non-confirmable messages has room, even behind a younger confirmable one', () => {
  const coap = newCoap();
  answer(coap, 'CON', 0, 0);
  for (let id = 1; id < limits.duplicatesPerPeerMax; id++) answer(coap, 'NON', id, 0);
  const full = coap.receive(peer, 1, wire({ type: 'NON', code: '0.02', id: 9_000 }), at(limits.nonLifetimeMs - 2_000));
  assert.deepEqual(reasons(full), ['too-many-exchanges']);
  coap.advance(at(limits.nonLifetimeMs));
  only(coap.receive(peer, 1, wire({ type: 'NON', code: '0.02', id: 9_001 }), at(limits.nonLifetimeMs)), 'request');
  assert.equal(coap.statistics().exchangesRemembered, 2);
});

test('records leave by themselves: nothing is left after EXCHANGE_LIFETIME, and no deadline', () => {
  const coap = newCoap();
  for (let id = 0; id < 100; id++) answer(coap, id % 3 === 0 ? 'NON' : 'CON', id, id * 100);
  coap.advance(at(limits.exchangeLifetimeMs + 10_000));
  coap.advance(at(2 * limits.exchangeLifetimeMs + 20_000));
  coap.advance(at(4 * limits.exchangeLifetimeMs));
  assert.equal(coap.statistics().exchangesRemembered, 0);
  assert.equal(coap.nextDeadline(), undefined);
});

function answer(coap: ReturnType<typeof newCoap>, type: 'CON' | 'NON', id: number, now: number): void {
  const { exchange } = only(coap.receive(peer, 1, wire({ type, code: '0.02', id }), at(now)), 'request');
  coap.respond(peer, exchange, { code: '2.04' }, at(now));
}
