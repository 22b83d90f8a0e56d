/** Block-wise transfers in the server's role (RFC 7959): bodies that devices send, and bodies of ours that they fetch. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8Encode } from '../../src/base/bytes.ts';
import { limits } from '../../src/base/limits.ts';
import type { Coap } from '../../src/coap/coap.ts';
import { at, block, lines, newCoap, only, peer, type Read, reasons, sent, type Wire, wire } from './coap-world.ts';

test('figure 7: a request in blocks, each gets 2.31, the last one the answer; the token changes (libcoap)', () => {
  const coap = newCoap();
  for (const number of [0, 1]) {
    const answer = sent(put(coap, number, true, { token: `0${number}` }));
    assert.deepEqual([answer.code, answer.token, blockIn(answer)], ['2.31', `0${number}`, block(number, true, 16)]);
  }
  const { exchange, request } = only(put(coap, 2, false, { token: '02', payload: 'end' }), 'request');
  assert.equal(Buffer.from(request.payload).toString(), `${part(0)}${part(1)}end`);
  const answer = sent(coap.respond(peer, exchange, { code: '2.04' }, at(5)));
  assert.deepEqual([answer.code, answer.token, blockIn(answer)], ['2.04', '02', block(2, false, 16)]);
  assert.equal(coap.statistics().transfers, 0);
});

test('an empty token assembles as well', () => {
  const coap = newCoap();
  assert.equal(sent(put(coap, 0, true, { token: '' })).code, '2.31');
  assert.equal(only(put(coap, 1, false, { token: '' }), 'request').request.payload.length, 32);
});

test('a datagram that claims the last possible block allocates nothing: 4.13, the limit named', () => {
  const coap = newCoap();
  const options = [['Block1', block(0xfffff, false, 1024)]] as const;
  const answer = sent(coap.receive(peer, 1, wire({ code: '0.03', id: 1, token: '01', options, payload: 'x' }), at(0)));
  assert.equal(answer.code, '4.13');
  assert.deepEqual(answer.options.at(-1), ['Size1', limits.bodyBytesPerPeerMax.toString(16).padStart(6, '0')]);
  assert.equal(coap.statistics().transfers, 0);
});

test('a block out of order, or without a first one: 4.08', () => {
  const coap = newCoap();
  assert.equal(sent(put(coap, 1, true)).code, '4.08');
  assert.equal(sent(put(coap, 0, true)).code, '2.31');
  assert.equal(sent(put(coap, 2, true)).code, '4.08');
  assert.equal(sent(put(coap, 1, false)).code, '4.08', 'the transfer has ended');
});

test('a block that is repeated in a message of its own changes nothing', () => {
  const coap = newCoap();
  put(coap, 0, true);
  assert.equal(sent(put(coap, 1, true)).code, '2.31');
  assert.equal(sent(put(coap, 1, true, { id: 50 })).code, '2.31');
  assert.equal(only(put(coap, 2, false), 'request').request.payload.length, 48);
});

test('an earlier block that comes again late changes nothing either, whatever it says about more', () => {
  const coap = newCoap();
  for (const number of [0, 1, 2]) put(coap, number, true);
  assert.equal(sent(put(coap, 1, true, { id: 50 })).code, '2.31');
  assert.equal(sent(put(coap, 1, false, { id: 51 })).code, '2.31');
  const { request } = only(put(coap, 3, false, { payload: 'end' }), 'request');
  assert.equal(Buffer.from(request.payload).toString(), `${part(0)}${part(1)}${part(2)}end`);
});

test('of a body under way the youngest block and the first are remembered, not thousands', () => {
  const coap = newCoap();
  const blocks = limits.bodyBytesPerPeerMax / 16;
  for (let number = 0; number < blocks - 1; number++)
    assert.equal(sent(put(coap, number, true, { payload: part(number % 26) })).code, '2.31');
  assert.equal(coap.statistics().exchangesRemembered, 2);
  assert.deepEqual(reasons(put(coap, blocks - 2, true)), ['duplicate']);
  const whole = only(put(coap, blocks - 1, false, { payload: part(0) }), 'request');
  assert.equal(whole.request.payload.length, limits.bodyBytesPerPeerMax);
  coap.respond(peer, whole.exchange, { code: '2.04', payload: new Uint8Array(limits.bodyBytesPerPeerMax) }, at(5_000));
  for (let number = 1; number < 64; number++) {
    const block2 = [
      ['Uri-Path', 'f'],
      ['Block2', block(number, false, 1024)],
    ] as const;
    const wish = wire({ code: '0.03', id: 10_000 + number, token: '01', options: block2 });
    assert.equal(sent(coap.receive(peer, 1, wish, at(6_000))).payload.length, 1_024);
    assert.equal(coap.statistics().exchangesRemembered, 4);
  }
});

test('a duplicate of a block gets its answer again and is not added', () => {
  const coap = newCoap();
  put(coap, 0, true);
  const again = put(coap, 0, true);
  assert.deepEqual([lines(again), reasons(again)], [['ACK 2.31 0 01'], ['duplicate']]);
  assert.equal(only(put(coap, 1, false), 'request').request.payload.length, 32);
});

test('the first block begins anew', () => {
  const coap = newCoap();
  put(coap, 0, true);
  put(coap, 1, true);
  assert.equal(sent(put(coap, 0, true, { id: 60, payload: 'z'.repeat(16) })).code, '2.31');
  const { request } = only(put(coap, 1, false, { id: 61 }), 'request');
  assert.equal(Buffer.from(request.payload).toString(), `${'z'.repeat(16)}${part(1)}`);
});

test('another format under way: 4.08; a block of the wrong length or of size 2048: 4.00', () => {
  const coap = newCoap();
  put(coap, 0, true);
  assert.equal(sent(put(coap, 1, true, { options: [['Content-Format', 42]] })).code, '4.08');
  assert.equal(sent(put(coap, 0, true, { id: 70, payload: 'short' })).code, '4.00');
  assert.equal(sent(put(coap, 0, false, { id: 71, options: [['Block1', 7]] })).code, '4.00');
});

test('a body longer than we take: 4.13, at the block that exceeds it', () => {
  const coap = newCoap();
  const blocks = limits.bodyBytesPerPeerMax / 1024;
  const payload = 'x'.repeat(1024);
  for (let number = 0; number < blocks; number++) assert.equal(sent(large(coap, number, payload)).code, '2.31');
  assert.equal(sent(large(coap, blocks, payload)).code, '4.13');
});

test('a body that is announced as longer than we take: 4.13 at once, without a shorter size to try', () => {
  const coap = newCoap({ parameters: { ackRandomFactor: 1, blockBytes: 16 } });
  const start = (bytes: number, id: number) =>
    sent(
      put(coap, 0, true, {
        id,
        options: [
          ['Uri-Path', 'f'],
          ['Block1', block(0, true, 32)],
          ['Size1', bytes],
        ],
        payload: 'x'.repeat(32),
      }),
    );
  const refused = start(limits.bodyBytesPerPeerMax + 1, 1);
  assert.deepEqual([refused.code, blockIn(refused)], ['4.13', block(0, true, 32)]);
  assert.equal(coap.statistics().transfers, 0);
  const taken = start(limits.bodyBytesPerPeerMax, 2);
  assert.deepEqual([taken.code, blockIn(taken)], ['2.31', block(0, true, 16)]);
});

test('how long a body may be belongs to the peer', () => {
  const coap = newCoap();
  coap.setParameters(peer, { bodyBytes: 32 });
  assert.deepEqual([sent(put(coap, 0, true)).code, sent(put(coap, 1, true)).code], ['2.31', '2.31']);
  const refused = sent(put(coap, 2, true));
  assert.deepEqual([refused.code, refused.options.at(-1)], ['4.13', ['Size1', '20']]);
});

test('transfers of a peer are bounded in number and, all together, in bytes; idle ones end', () => {
  const coap = newCoap();
  const start = (path: string, id: number, now = 0) =>
    coap.receive(
      peer,
      1,
      wire({
        code: '0.03',
        id,
        token: '01',
        options: [
          ['Uri-Path', path],
          ['Block1', block(0, true, 16)],
        ],
        payload: part(0),
      }),
      at(now),
    );
  for (let i = 0; i < limits.transfersPerPeerMax; i++) assert.equal(sent(start(`p${i}`, i)).code, '2.31');
  const refused = start('one more', 99);
  assert.deepEqual([sent(refused).code, reasons(refused)], ['5.03', ['too-many-exchanges']]);
  coap.advance(at(limits.exchangeLifetimeMs));
  assert.equal(coap.statistics().transfers, 0);
  assert.equal(sent(start('one more', 99, limits.exchangeLifetimeMs)).code, '2.31');
});

test('the bodies of a peer have their room together', () => {
  const coap = newCoap();
  const payload = 'x'.repeat(1024);
  const blocks = limits.bodyBytesPerPeerMax / 1024;
  for (let number = 0; number < blocks - 1; number++) large(coap, number, payload);
  const another = (number: number) =>
    sent(
      put(coap, number, true, {
        id: 5_000 + number,
        options: [
          ['Uri-Path', 'g'],
          ['Block1', block(number, true, 1024)],
        ],
        payload,
      }),
    );
  assert.deepEqual([another(0).code, another(1).code], ['2.31', '4.13']);
});

test('half-open transfers in all are bounded', () => {
  const coap = newCoap();
  const bytes = wire({ code: '0.03', id: 1, token: '01', options: [['Block1', block(0, true, 16)]], payload: part(0) });
  for (let i = 0; i < limits.transfersMax; i++) coap.receive(`peer ${i}` as typeof peer, 1, bytes, at(0));
  assert.equal(coap.statistics().transfers, limits.transfersMax);
  assert.equal(sent(coap.receive(peer, 1, bytes, at(0))).code, '5.03');
});

test('a long answer leaves in blocks of the size that was asked for, with one entity tag; the caller is asked once', () => {
  const coap = newCoap();
  const body = 'abcdefghijklmnopqrstuvwxyz0123456789ABCD';
  const { exchange } = only(get(coap, 1, [['Block2', block(0, false, 16)]]), 'request');
  const pages = [
    sent(coap.respond(peer, exchange, { code: '2.05', contentFormat: 40, payload: utf8Encode(body) }, at(1))),
  ];
  for (const number of [1, 2])
    pages.push(sent(get(coap, 1 + number, [['Block2', block(number, false, 16)]], `0${number}`)));
  assert.deepEqual(
    pages.map((page) => blockIn(page, 'Block2')),
    [block(0, true, 16), block(1, true, 16), block(2, false, 16)],
  );
  assert.equal(pages.map((page) => page.payload).join(''), body);
  const tags = new Set(pages.map((page) => page.options.find(([name]) => name === 'ETag')?.[1]));
  assert.equal(tags.size, 1);
  assert.equal(sent(get(coap, 9, [['Block2', block(3, false, 16)]])).code, '4.00', 'beyond the body');
});

test('a long answer leaves in blocks by itself, and may be continued in smaller ones', () => {
  const coap = newCoap();
  const { exchange } = only(get(coap, 1, []), 'request');
  const first = sent(coap.respond(peer, exchange, { code: '2.05', payload: new Uint8Array(1500).fill(65) }, at(1)));
  assert.deepEqual([first.payload.length, blockIn(first, 'Block2')], [1024, block(0, true, 1024)]);
  const next = sent(get(coap, 2, [['Block2', block(2, false, 512)]]));
  assert.deepEqual([next.payload.length, blockIn(next, 'Block2')], [476, block(2, false, 512)]);
});

test('a block of the middle is the first one asked for: it is cut at the same place in a shorter size', () => {
  const coap = newCoap({ parameters: { ackRandomFactor: 1, blockBytes: 16 } });
  const { exchange } = only(get(coap, 1, [['Block2', block(1, false, 32)]]), 'request');
  const body = Uint8Array.from({ length: 70 }, (_, i) => 48 + i);
  const answer = sent(coap.respond(peer, exchange, { code: '2.05', payload: body }, at(1)));
  assert.deepEqual([answer.payload, blockIn(answer, 'Block2')], ['PQRSTUVWXYZ[\\]^_', block(2, true, 16)]);
});

test('a later block of an answer that has become short: 4.00, never its beginning; of an error, the error', () => {
  const coap = newCoap();
  const short = only(get(coap, 1, [['Block2', block(1, false, 16)]]), 'request');
  assert.deepEqual(lines(coap.respond(peer, short.exchange, { code: '2.05', payload: new Uint8Array(3) }, at(1))), [
    'ACK 4.00 1 aa',
  ]);
  const gone = only(get(coap, 2, [['Block2', block(1, false, 16)]]), 'request');
  assert.deepEqual(lines(coap.respond(peer, gone.exchange, { code: '4.04' }, at(2))), ['ACK 4.04 2 aa']);
});

test('two formats of one resource are two answers: no block of the one follows the other', () => {
  const coap = newCoap();
  const ask = (id: number, accept: number, number: number) => {
    const output = get(coap, id, [
      ['Accept', accept],
      ['Block2', block(number, false, 16)],
    ]);
    if (output.events.length === 0) return sent(output);
    const { exchange, request } = only(output, 'request');
    const payload = new Uint8Array(20).fill(request.accept ?? 0);
    return sent(coap.respond(peer, exchange, { code: '2.05', payload }, at(id)));
  };
  assert.deepEqual([ask(1, 65, 0).payload, ask(2, 66, 0).payload], ['A'.repeat(16), 'B'.repeat(16)]);
  assert.deepEqual([ask(3, 65, 1).payload, ask(4, 66, 1).payload], ['AAAA', 'BBBB']);
});

test('long answers that are kept for a peer are bounded: the oldest makes room', () => {
  const coap = newCoap();
  const ask = (path: string, id: number, number: number) => {
    const options = [
      ['Uri-Path', path],
      ['Block2', block(number, false, 16)],
    ] as const;
    return coap.receive(peer, 1, wire({ code: '0.01', id, token: '01', options }), at(id));
  };
  for (let i = 0; i <= limits.transfersPerPeerMax; i++) {
    const { exchange } = only(ask(`p${i}`, i, 0), 'request');
    coap.respond(peer, exchange, { code: '2.05', payload: new Uint8Array(20) }, at(i));
  }
  assert.equal(coap.statistics().transfers, limits.transfersPerPeerMax);
  assert.equal(sent(ask(`p${limits.transfersPerPeerMax}`, 50, 1)).payload.length, 4);
  only(ask('p0', 51, 1), 'request');
});

test('a later block of an answer to a POST that is no longer kept is not asked of the caller: 4.08', () => {
  const coap = newCoap();
  const bytes = wire({ code: '0.02', id: 1, token: '01', options: [['Block2', block(1, false, 16)]] });
  assert.equal(sent(coap.receive(peer, 1, bytes, at(0))).code, '4.08');
});

test('the option without any byte is block 0 of 16', () => {
  const coap = newCoap();
  const empty = wire({ code: '0.03', id: 1, token: '01', options: [['Block1', '']], payload: 'x' });
  const { exchange } = only(coap.receive(peer, 1, empty, at(0)), 'request');
  assert.equal(blockIn(sent(coap.respond(peer, exchange, { code: '2.04' }, at(1)))), 0);
});

function part(number: number): string {
  return String.fromCharCode(97 + number).repeat(16);
}

function put(coap: Coap, number: number, more: boolean, { options = [], ...other }: Partial<Wire> = {}) {
  const base = [
    ['Uri-Path', 'f'],
    ['Block1', block(number, more, 16)],
  ] as const;
  const merged = options.some(([name]) => name === 'Block1') ? options : [...base, ...options];
  return coap.receive(
    peer,
    1,
    wire({ code: '0.03', id: number, token: '01', payload: part(number), ...other, options: merged }),
    at(number),
  );
}

function large(coap: Coap, number: number, payload: string) {
  const options = [['Block1', block(number, true, 1024)]] as const;
  return coap.receive(peer, 1, wire({ code: '0.03', id: number, token: '01', options, payload }), at(number));
}

function get(coap: Coap, id: number, options: readonly (readonly [string, number])[], token = 'aa') {
  return coap.receive(peer, 1, wire({ code: '0.01', id, token, options: [['Uri-Path', 'f'], ...options] }), at(id));
}

function blockIn({ options }: Read, name = 'Block1'): number | undefined {
  const value = options.find(([option]) => option === name)?.[1];
  return value === undefined ? undefined : Number.parseInt(value === '' ? '0' : value, 16);
}
