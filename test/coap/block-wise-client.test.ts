/** Block-wise transfers in the client's role (RFC 7959): long writes to devices, and long answers of theirs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/base/limits.ts';
import type { Coap } from '../../src/coap/coap.ts';
import type { CoapOutput } from '../../src/coap/output.ts';
import type { CoapRequest } from '../../src/coap/request.ts';
import {
  at,
  block,
  lines,
  newCoap,
  only,
  peer,
  type Read,
  read,
  reasons,
  sent,
  type Wire,
  wire,
} from './coap-world.ts';

const download: CoapRequest = { method: 'GET', path: ['3', '0'] };

test('a long write leaves in blocks, each after the answer to the last; Size1 with the first', () => {
  const coap = newCoap();
  const first = upload(coap, 100, 32);
  assert.deepEqual(
    [blockIn(first), first.payload.length, first.options.at(-1)],
    [block(0, true, 32), 32, ['Size1', '64']],
  );
  const second = sent(echo(coap, first, block(0, true, 32)));
  assert.deepEqual([blockIn(second), second.options.some(([name]) => name === 'Size1')], [block(1, true, 32), false]);
  const third = sent(echo(coap, second, block(1, true, 32)));
  const last = sent(echo(coap, third, block(2, true, 32)));
  assert.deepEqual([blockIn(last), last.payload.length], [block(3, false, 32), 4]);
  const output = echo(coap, last, block(3, false, 32), '2.04');
  assert.equal(only(output, 'response').response.code, '2.04');
});

test('the peer may ask for smaller blocks: what was sent counts', () => {
  const coap = newCoap();
  const first = upload(coap, 128, 64);
  const second = sent(echo(coap, first, block(0, true, 16)));
  assert.deepEqual([blockIn(second), second.payload.length], [block(4, true, 16), 16]);
});

test('4.13 with a smaller size to the first block: it is sent again in that size', () => {
  const coap = newCoap();
  const first = upload(coap, 128, 64);
  const again = sent(echo(coap, first, block(0, true, 16), '4.13'));
  assert.deepEqual([blockIn(again), again.payload.length], [block(0, true, 16), 16]);
});

test('an error under way ends the write with that error, and no block follows', () => {
  for (const code of ['4.13', '4.08', '4.04', '5.00']) {
    const coap = newCoap();
    const second = sent(echo(coap, upload(coap, 100, 32), block(0, true, 32)));
    const output = echo(coap, second, block(1, true, 32), code);
    assert.deepEqual([only(output, 'response').response.code, output.send], [code, []]);
  }
});

test('a wrong echo, none, or 2.31 to the last block is a failure, not an endless chain and no exception', () => {
  const echoes: Wire['options'][] = [
    [['Block1', block(7, true, 32)]],
    [],
    [['Block1', 7]],
    [['Block1', new Uint8Array(4)]],
  ];
  for (const options of echoes) {
    const coap = newCoap();
    const first = upload(coap, 100, 32);
    const bytes = wire({ type: 'ACK', code: '2.31', id: first.id, token: first.token, options: options ?? [] });
    const output = coap.receive(peer, 1, bytes, at(5));
    assert.equal(output.send.length, 0);
    assert.ok(['block-error', 'bad-option'].includes(only(output, 'failed').reason));
  }
});

test('Block1 without any byte in a response is legal, and no crash', () => {
  const coap = newCoap();
  const first = upload(coap, 40, 16);
  const bytes = wire({ type: 'ACK', code: '2.31', id: first.id, token: first.token, options: [['Block1', '']] });
  assert.equal(blockIn(sent(coap.receive(peer, 1, bytes, at(5)))), block(1, true, 16));
});

test('a duplicated acknowledgement sends no block twice', () => {
  const coap = newCoap();
  const first = upload(coap, 100, 32);
  sent(echo(coap, first, block(0, true, 32)));
  const again = echo(coap, first, block(0, true, 32));
  assert.deepEqual([again.send, again.events, reasons(again)], [[], [], ['unmatched-acknowledgement']]);
});

test('each block has a back-off of its own', () => {
  const coap = newCoap();
  const first = upload(coap, 100, 32);
  coap.advance(at(2_000));
  coap.advance(at(6_000));
  echo(coap, first, block(0, true, 32), '2.31', 7_000);
  assert.equal(lines(coap.advance(at(9_000))).length, 1);
});

test('a long answer is put together, also with a duplicated acknowledgement', () => {
  const coap = newCoap();
  const first = fetch(coap);
  const second = sent(page(coap, first, 0, true));
  assert.equal(blockIn(second, 'Block2'), block(1, false, 16));
  const again = page(coap, first, 0, true);
  assert.deepEqual([again.send, again.events], [[], []]);
  const { response } = only(page(coap, second, 1, false, 'tail'), 'response');
  assert.equal(Buffer.from(response.payload).toString(), `${'a'.repeat(16)}tail`);
  assert.deepEqual([response.contentFormat, response.code], [110, '2.05']);
});

test('a duplicated separate answer under way is acknowledged and not added', () => {
  const coap = newCoap();
  const first = fetch(coap);
  const separate = wire({ code: '2.05', id: 9_000, token: first.token, ...pageOf(0, true) });
  const output = coap.receive(peer, 1, separate, at(5));
  assert.equal(lines(output)[0], 'ACK 0.00 9000');
  const second = read(output.send[1]?.bytes ?? new Uint8Array(4));
  assert.equal(blockIn(second, 'Block2'), block(1, false, 16));
  assert.deepEqual(lines(coap.receive(peer, 1, separate, at(6))), ['ACK 0.00 9000']);
  const { response } = only(page(coap, second, 1, false, 'tail'), 'response');
  assert.equal(response.payload.length, 20);
});

test('a block that was not asked for is a failure: a gap, a repetition, a wrong length, size 2048', () => {
  const wrong: readonly Partial<Wire>[] = [
    pageOf(2, true),
    pageOf(0, true),
    { ...pageOf(1, true), payload: 'x' },
    { options: [['Block2', 23]] },
    {},
  ];
  for (const answer of wrong) {
    const coap = newCoap();
    const second = sent(page(coap, fetch(coap), 0, true));
    const bytes = wire({ type: 'ACK', code: '2.05', id: second.id, token: second.token, ...answer });
    assert.equal(only(coap.receive(peer, 1, bytes, at(5)), 'failed').reason, 'block-error');
  }
});

test('a body that changes under way is fetched anew, and given up when it goes on changing', () => {
  const coap = newCoap();
  let asked = sent(page(coap, fetch(coap), 0, true, undefined, 'A'));
  asked = sent(page(coap, asked, 1, false, 'old', 'B'));
  assert.equal(blockIn(asked, 'Block2'), block(0, false, 16));
  asked = sent(page(coap, asked, 0, true, undefined, 'B'));
  const { response } = only(page(coap, asked, 1, false, 'new', 'B'), 'response');
  assert.equal(Buffer.from(response.payload).toString(), `${'a'.repeat(16)}new`);
  const restless = newCoap();
  let next = sent(page(restless, fetch(restless), 0, true, undefined, '0'));
  for (let i = 1; ; i++) {
    const output = page(
      restless,
      next,
      next.options.some(([, value]) => value === '10') ? 1 : 0,
      true,
      undefined,
      `${i}`,
    );
    if (output.events.length > 0) return assert.equal(only(output, 'failed').reason, 'block-error');
    assert.ok(i < 10);
    next = sent(output);
  }
});

test('a body longer than we take ends at once when the peer says so, else at the block that exceeds it', () => {
  const coap = newCoap();
  const first = fetch(coap);
  const options = [...pageOf(0, true).options, ['Size2', limits.bodyBytesPerPeerMax + 1]] as const;
  const bytes = wire({ type: 'ACK', code: '2.05', id: first.id, token: first.token, ...pageOf(0, true), options });
  assert.equal(only(coap.receive(peer, 1, bytes, at(5)), 'failed').reason, 'body-too-large');
  const endless = newCoap();
  let asked = fetch(endless);
  for (let number = 0; ; number++) {
    const block2 = [['Block2', block(number, true, 1024)]] as const;
    const reply = wire({
      type: 'ACK',
      code: '2.05',
      id: asked.id,
      token: asked.token,
      options: block2,
      payload: 'x'.repeat(1024),
    });
    const output = endless.receive(peer, 1, reply, at(number));
    if (output.events.length > 0) {
      assert.deepEqual([number, only(output, 'failed').reason], [limits.bodyBytesPerPeerMax / 1024, 'body-too-large']);
      return;
    }
    asked = sent(output);
  }
});

test('an error under way ends the reading with that error', () => {
  const coap = newCoap();
  const second = sent(page(coap, fetch(coap), 0, true));
  const bytes = wire({ type: 'ACK', code: '4.04', id: second.id, token: second.token });
  assert.equal(only(coap.receive(peer, 1, bytes, at(5)), 'response').response.code, '4.04');
});

test('FETCH says what it is about with every block of its answer; POST only once', () => {
  for (const [method, payload] of [
    ['FETCH', 'q'],
    ['POST', ''],
  ] as const) {
    const coap = newCoap();
    const made = coap.request(peer, { ...download, method, payload: new Uint8Array([113]) }, {}, at(0));
    assert.ok('id' in made);
    assert.equal(sent(page(coap, sent(made.output), 0, true)).payload, payload);
  }
});

test('while a body is under way no other request of the peer is', () => {
  const coap = newCoap();
  const first = fetch(coap);
  const waiting = coap.request(peer, { ...download, path: ['waiting'] }, {}, at(1));
  assert.ok('id' in waiting && waiting.messageId === undefined);
  const second = sent(page(coap, first, 0, true));
  const output = page(coap, second, 1, false, 'tail');
  assert.deepEqual([output.events.length, output.send[0]?.request], [1, waiting.id]);
});

function upload(coap: Coap, bytes: number, blockBytes: number): Read {
  const request: CoapRequest = { method: 'PUT', path: ['5', '0', '0'], payload: new Uint8Array(bytes).fill(66) };
  const made = coap.request(peer, request, { parameters: { blockBytes } }, at(0));
  assert.ok('id' in made);
  return sent(made.output);
}

function fetch(coap: Coap): Read {
  const made = coap.request(peer, download, {}, at(0));
  assert.ok('id' in made);
  return sent(made.output);
}

function echo(coap: Coap, { id, token }: Read, value: number, code = '2.31', now = 5): CoapOutput {
  return coap.receive(peer, 1, wire({ type: 'ACK', code, id, token, options: [['Block1', value]] }), at(now));
}

function page(
  coap: Coap,
  { id, token }: Read,
  number: number,
  more: boolean,
  payload?: string,
  etag = 'A',
): CoapOutput {
  return coap.receive(
    peer,
    1,
    wire({ type: 'ACK', code: '2.05', id, token, ...pageOf(number, more, payload, etag) }),
    at(5),
  );
}

function pageOf(number: number, more: boolean, payload?: string, etag = 'A') {
  return {
    options: [
      ['ETag', etag],
      ['Content-Format', 110],
      ['Block2', block(number, more, 16)],
    ] as (readonly [string, string | number])[],
    payload: payload ?? String.fromCharCode(97 + number).repeat(16),
  };
}

function blockIn({ options }: Read, name = 'Block1'): number | undefined {
  const value = options.find(([option]) => option === name)?.[1];
  return value === undefined ? undefined : Number.parseInt(value === '' ? '0' : value, 16);
}
