/** The server's role: requests of devices. The holes of npm `coap` are in npm-coap-holes-server.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/base/limits.ts';
import { at, lines, newCoap, only, peer, reasons, sent, type Wire, wire } from './coap-world.ts';

const created = { code: '2.01', locationPath: ['rd', 'a1'] } as const;
const changed = { code: '2.04' } as const;

test('a duplicate after the empty acknowledgement gets only that again', () => {
  const coap = newCoap();
  const { exchange } = only(coap.receive(peer, 1, register(1), at(0)), 'request');
  assert.deepEqual(lines(coap.advance(at(limits.processingDelayMs))), ['ACK 0.00 1']);
  const again = coap.receive(peer, 1, register(1), at(2_000));
  assert.deepEqual([again.events, lines(again)], [[], ['ACK 0.00 1']]);
  const separate = sent(coap.respond(peer, exchange, created, at(3_000)));
  assert.deepEqual([separate.type, separate.code, separate.token], ['CON', '2.01', 'aabb']);
});

test('a duplicate after a separate answer gets the acknowledgement, and the answer while nobody acknowledged that', () => {
  const coap = newCoap();
  const { exchange } = only(coap.receive(peer, 1, register(1), at(0)), 'request');
  coap.advance(at(1_500));
  const separate = sent(coap.respond(peer, exchange, created, at(1_600)));
  const first = coap.receive(peer, 1, register(1), at(1_700));
  assert.deepEqual(lines(first), ['ACK 0.00 1', `CON 2.01 ${separate.id} aabb`]);
  coap.receive(peer, 1, wire({ type: 'ACK', id: separate.id }), at(1_800));
  assert.deepEqual(lines(coap.receive(peer, 1, register(1), at(1_900))), ['ACK 0.00 1']);
});

test('an answered request is remembered for EXCHANGE_LIFETIME, by uptime that is handed in', () => {
  const coap = newCoap();
  const { exchange } = only(coap.receive(peer, 1, register(1), at(0)), 'request');
  coap.respond(peer, exchange, created, at(10));
  coap.advance(at(limits.exchangeLifetimeMs - 1));
  assert.deepEqual(lines(coap.receive(peer, 1, register(1), at(limits.exchangeLifetimeMs - 1))), ['ACK 2.01 1 aabb']);
  coap.advance(at(limits.exchangeLifetimeMs));
  only(coap.receive(peer, 1, register(1), at(limits.exchangeLifetimeMs)), 'request');
  assert.equal(coap.statistics().exchangesRemembered, 1);
});

test('an empty token never gets an empty acknowledgement: the answer itself is awaited (Send of Wakaama)', () => {
  const coap = newCoap();
  const send = wire({ code: '0.02', id: 9, options: [['Uri-Path', 'dp']], payload: 'x' });
  const { exchange } = only(coap.receive(peer, 1, send, at(0)), 'request');
  assert.deepEqual(lines(coap.advance(at(60_000))), []);
  assert.deepEqual(lines(coap.respond(peer, exchange, changed, at(60_001))), ['ACK 2.04 9']);
});

test('a non-confirmable request gets a non-confirmable answer, and its duplicate nothing', () => {
  const coap = newCoap();
  const { exchange, request } = only(coap.receive(peer, 1, register(1, { type: 'NON' }), at(0)), 'request');
  assert.equal(request.confirmable, false);
  const answer = sent(coap.respond(peer, exchange, created, at(10)));
  assert.deepEqual([answer.type, answer.token], ['NON', 'aabb']);
  const again = coap.receive(peer, 1, register(1, { type: 'NON' }), at(20));
  assert.deepEqual([again.events, again.send, reasons(again)], [[], [], ['duplicate']]);
  assert.deepEqual(lines(coap.advance(at(100_000))), []);
});

test('a request that is ignored is forgotten: its repetition counts', () => {
  const coap = newCoap();
  const { exchange } = only(coap.receive(peer, 1, register(1), at(0)), 'request');
  coap.ignore(peer, exchange);
  assert.deepEqual(lines(coap.advance(at(10_000))), []);
  only(coap.receive(peer, 1, register(1), at(10_000)), 'request');
});

test('an answer to an exchange that has ended, or of another peer, goes nowhere', () => {
  const coap = newCoap();
  const { exchange } = only(coap.receive(peer, 1, register(1), at(0)), 'request');
  assert.deepEqual(coap.respond('field/other' as typeof peer, exchange, created, at(1)).send, []);
  coap.respond(peer, exchange, created, at(1));
  const twice = coap.respond(peer, exchange, created, at(2));
  assert.deepEqual([twice.send, reasons(twice)], [[], ['unknown-exchange']]);
});

test('a stray reset and a stray acknowledgement are no requests: counted, not answered', () => {
  const coap = newCoap();
  for (const [type, reason] of [
    ['RST', 'unmatched-reset'],
    ['ACK', 'unmatched-acknowledgement'],
  ] as const) {
    const output = coap.receive(peer, 1, wire({ type, id: 5 }), at(0));
    assert.deepEqual([output.events, output.send, reasons(output)], [[], [], [reason]]);
  }
});

test('an unknown critical option is refused with 4.02, an unknown elective one is ignored', () => {
  const coap = newCoap();
  const critical = coap.receive(peer, 1, register(1, { options: [['65001', 'x']] }), at(0));
  assert.deepEqual([critical.events, lines(critical)], [[], ['ACK 4.02 1 aabb']]);
  only(coap.receive(peer, 1, register(2, { options: [['65000', 'x']] }), at(0)), 'request');
  const silent = coap.receive(peer, 1, register(3, { type: 'NON', options: [['65001', 'x']] }), at(0));
  assert.deepEqual([silent.events, silent.send, reasons(silent)], [[], [], ['bad-option']]);
});

test('options out of their format: critical ones 4.02, elective ones ignored', () => {
  const refused: Wire['options'][] = [
    [['Uri-Path', new Uint8Array([0xff])]],
    [['Accept', new Uint8Array(3)]],
    [
      ['Accept', 40],
      ['Accept', 110],
    ],
    [['If-Match', new Uint8Array(1)]],
    [['OSCORE', new Uint8Array(1)]],
  ];
  const coap = newCoap();
  refused.forEach((options, id) => {
    const bytes = wire({ code: '0.01', id, token: '01', options: options ?? [] });
    assert.deepEqual(lines(coap.receive(peer, 1, bytes, at(0))), [`ACK 4.02 ${id} 01`]);
  });
  const observe = wire({ code: '0.01', id: 99, token: '01', options: [['Observe', new Uint8Array(4)]] });
  assert.equal(only(coap.receive(peer, 1, observe, at(0)), 'request').request.observe, undefined);
});

test('a proxy is asked for 5.05, a method that does not exist 4.05', () => {
  const coap = newCoap();
  const proxied = wire({ code: '0.01', id: 1, options: [['Proxy-Uri', 'coap://a/b']] });
  assert.deepEqual(lines(coap.receive(peer, 1, proxied, at(0))), ['ACK 5.05 1']);
  assert.deepEqual(lines(coap.receive(peer, 1, wire({ code: '0.09', id: 2 }), at(0))), ['ACK 4.05 2']);
});

test('a request is taken apart: path, query, formats, body, token', () => {
  const { request, association } = only(newCoap().receive(peer, 7, register(1), at(0)), 'request');
  assert.equal(association, 7);
  assert.equal(typeof request.digest, 'number');
  assert.deepEqual(
    { ...request, digest: 0 },
    {
      method: 'POST',
      path: ['rd'],
      query: ['lwm2m=1.1', 'ep=node'],
      accept: undefined,
      contentFormat: 40,
      observe: undefined,
      payload: new Uint8Array(Buffer.from('</1/0>')),
      confirmable: true,
      messageId: 1,
      token: new Uint8Array([0xaa, 0xbb]),
      digest: 0,
    },
  );
});

test('an answer carries its options', () => {
  const coap = newCoap();
  const { exchange } = only(coap.receive(peer, 1, register(1), at(0)), 'request');
  assert.deepEqual(sent(coap.respond(peer, exchange, created, at(1))).options, [
    ['Location-Path', Buffer.from('rd').toString('hex')],
    ['Location-Path', Buffer.from('a1').toString('hex')],
  ]);
});

function register(id: number, more: Partial<Wire> = {}): Uint8Array {
  const { options = [], ...rest } = more;
  return wire({
    code: '0.02',
    id,
    token: 'aabb',
    options: [
      ['Uri-Path', 'rd'],
      ['Content-Format', 40],
      ['Uri-Query', 'lwm2m=1.1'],
      ['Uri-Query', 'ep=node'],
      ...options,
    ],
    payload: '</1/0>',
    ...rest,
  });
}
