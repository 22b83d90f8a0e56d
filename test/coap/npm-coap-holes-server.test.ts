/**
 * What npm `coap` 1.5.0 gets wrong as a server, hole by hole as they were measured, and that our layer does not. That a second
 * process cannot have the same port is a matter of the host's sockets (test/host).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8Encode } from '../../src/base/bytes.ts';
import { limits } from '../../src/base/limits.ts';
import type { Coap } from '../../src/coap/coap.ts';
import type { CoapOutput, PeerId } from '../../src/coap/output.ts';
import { heapBytes } from '../bench/memory.ts';
import { at, block, lines, newCoap, only, peer, reasons, sent, type Wire, wire } from './coap-world.ts';

const changed = { code: '2.04' } as const;

test('duplicates: remembered by number and by time handed in; there, 2.8 million of them, by a clock of its own', () => {
  const coap = newCoap();
  let refused = 0;
  for (let id = 0; id < 3_000; id++) if (ask(coap, id, 1) === undefined) refused++;
  assert.equal(refused, 3_000 - limits.duplicatesPerPeerMax);
  assert.equal(coap.statistics().exchangesRemembered, limits.duplicatesPerPeerMax);
  coap.advance(at(1 + limits.exchangeLifetimeMs));
  assert.equal(coap.statistics().exchangesRemembered, 0);
});

test('duplicates, hole 1: while the request is in hand it is not carried out again', () => {
  const coap = newCoap();
  const { exchange } = only(coap.receive(peer, 1, request(1), at(0)), 'request');
  const again = coap.receive(peer, 1, request(1), at(100));
  assert.deepEqual([again.events, again.send, reasons(again)], [[], [], ['duplicate']]);
  assert.deepEqual(lines(coap.respond(peer, exchange, changed, at(200))), ['ACK 2.04 1 aa']);
});

test('duplicates, hole 2: nor after the automatic empty acknowledgement; one separate response leaves', () => {
  const coap = newCoap();
  const { exchange } = only(coap.receive(peer, 1, request(1), at(0)), 'request');
  coap.advance(at(limits.processingDelayMs));
  const again = coap.receive(peer, 1, request(1), at(2_000));
  assert.deepEqual([again.events, lines(again)], [[], ['ACK 0.00 1']]);
  assert.equal(coap.respond(peer, exchange, changed, at(3_000)).send.length, 1);
  assert.deepEqual(reasons(coap.respond(peer, exchange, changed, at(3_001))), ['unknown-exchange']);
});

test('piggybacked for 1.5 s of the time handed in; then empty, and a confirmable response under an ID of ours', () => {
  const coap = newCoap();
  coap.setMessageIdRange(3);
  const early = only(coap.receive(peer, 1, request(1), at(0)), 'request');
  assert.deepEqual(lines(coap.advance(at(1_499))), []);
  assert.deepEqual(lines(coap.respond(peer, early.exchange, changed, at(1_499))), ['ACK 2.04 1 aa']);
  const late = only(coap.receive(peer, 1, request(2), at(2_000)), 'request');
  assert.deepEqual(lines(coap.advance(at(3_500))), ['ACK 0.00 2']);
  const separate = sent(coap.respond(peer, late.exchange, changed, at(3_600)));
  assert.deepEqual([separate.type, separate.token, separate.id >> 13], ['CON', 'aa', 3]);
});

test('a separate response that nobody acknowledges ends: nothing is thrown, nothing is left', () => {
  const coap = newCoap();
  const { exchange } = only(coap.receive(peer, 1, request(1), at(0)), 'request');
  coap.advance(at(1_500));
  coap.respond(peer, exchange, changed, at(2_000));
  let retransmissions = 0;
  for (let now = 2_000; now < 300_000; now += 1_000) retransmissions += coap.advance(at(now)).send.length;
  assert.equal(retransmissions, 4);
  assert.deepEqual([coap.statistics().unacknowledged, coap.statistics().exchangesRemembered], [0, 0]);
});

test('Block1: assembled under a token for each block, and without any', () => {
  for (const tokens of [
    ['01', '02', '03'],
    ['', '', ''],
  ]) {
    const coap = newCoap();
    const blocks = tokens.map((token, number) => put(coap, number, number < 2, { token }));
    assert.deepEqual(blocks.slice(0, 2).map(code), ['2.31', '2.31']);
    assert.equal(only(blocks[2] as CoapOutput, 'request').request.payload.length, 48);
  }
});

test('Block1: a gap is 4.08, too much is 4.13 with Size1, announced as too much is 4.13 at once, shorter blocks are asked for', () => {
  const coap = newCoap({ parameters: { blockBytes: 16, bodyBytes: 32 } });
  assert.equal(code(put(coap, 1, true)), '4.08');
  const first = sent(put(coap, 0, true, { id: 10, payload: 'x'.repeat(32), size: 32 }));
  assert.deepEqual([first.code, first.options], ['2.31', [['Block1', '08']]]);
  const tooMuch = sent(put(coap, 2, true));
  assert.deepEqual([tooMuch.code, tooMuch.options.at(-1)], ['4.13', ['Size1', '20']]);
  const announced = put(coap, 0, true, { id: 11, options: [['Size1', 33]] });
  assert.equal(code(announced), '4.13');
});

test('Block2: the caller is asked once for all blocks, whatever their tokens, and what he has changed since is not mixed in', () => {
  const coap = newCoap();
  const asked = only(get(coap, 1, [['Block2', block(0, false, 1_024)]], '01'), 'request');
  const payload = new Uint8Array(3_000).fill(65);
  const pages = [sent(coap.respond(peer, asked.exchange, { code: '2.05', payload }, at(1)))];
  for (const number of [1, 2]) pages.push(sent(get(coap, 1 + number, [['Block2', block(number, false, 1_024)]], '02')));
  assert.equal(pages.map((page) => page.payload).join(''), 'A'.repeat(3_000));
});

test('Block2: the entity tag tells apart bodies of the same words in another order', () => {
  const tags = ['ab', 'ba'].map((pair) => {
    const coap = newCoap();
    const { exchange } = only(get(coap, 1, []), 'request');
    const payload = utf8Encode(`${pair[0]?.repeat(600)}${pair[1]?.repeat(600)}`);
    return sent(coap.respond(peer, exchange, { code: '2.05', payload }, at(1))).options.find(
      ([name]) => name === 'ETag',
    )?.[1];
  });
  assert.ok(tags[0] !== undefined && tags[0].length === 8 && tags[0] !== tags[1]);
});

test('Block2: from which length on a body leaves in blocks can be said later', () => {
  const coap = newCoap();
  coap.setParameters(peer, { blockBytes: 64 });
  const { exchange } = only(get(coap, 1, []), 'request');
  const answer = sent(coap.respond(peer, exchange, { code: '2.05', payload: new Uint8Array(65) }, at(1)));
  assert.equal(answer.payload.length, 64);
});

test('a ping is no request, and gets RST; a stray RST gets nothing', () => {
  const coap = newCoap();
  const ping = coap.receive(peer, 1, wire({ id: 7 }), at(0));
  assert.deepEqual([ping.events, lines(ping)], [[], ['RST 0.00 7']]);
  const stray = coap.receive(peer, 1, wire({ type: 'RST', id: 8 }), at(0));
  assert.deepEqual([stray.events, stray.send, reasons(stray)], [[], [], ['unmatched-reset']]);
});

test('an unknown critical option is 4.02, and the caller hears nothing', () => {
  const output = newCoap().receive(peer, 1, request(1, { options: [['65001', 'x']] }), at(0));
  assert.deepEqual([output.events, lines(output)], [[], ['ACK 4.02 1 aa']]);
});

test('two segments of a path are not one with a slash', () => {
  const coap = newCoap();
  const pathOf = (id: number, ...segments: string[]) =>
    only(coap.receive(peer, 1, request(id, { options: segments.map((text) => ['Uri-Path', text]) }), at(0)), 'request')
      .request.path;
  assert.deepEqual([pathOf(1, 'rd/x'), pathOf(2, 'rd', 'x')], [['rd/x'], ['rd', 'x']]);
});

test('a malformed datagram is counted; nothing is sent, no text of an error, and not to another host', () => {
  const coap = newCoap();
  for (const bytes of [Uint8Array.of(0x40), Uint8Array.of(0x44, 1, 0, 1, 9), Uint8Array.of(0x40, 1, 0, 1, 0xff)]) {
    const output = coap.receive(peer, 1, bytes, at(0));
    assert.deepEqual([output.send, output.events, reasons(output)], [[], [], ['malformed-message']]);
  }
});

test('a request that its caller never answers takes its place for EXCHANGE_LIFETIME, and no longer', () => {
  const coap = newCoap();
  only(coap.receive(peer, 1, request(1), at(0)), 'request');
  for (let now = 0; now <= limits.exchangeLifetimeMs; now += 1_000) coap.advance(at(now));
  assert.deepEqual([coap.statistics().exchangesOpen, coap.nextDeadline()], [0, undefined]);
});

test('attack: one datagram with the last possible block allocates no gigabyte', () => {
  const coap = newCoap();
  const before = process.memoryUsage().arrayBuffers;
  const output = coap.receive(peer, 1, wire({ code: '0.03', id: 1, options: [['Block1', 0xffff_f0 + 6]] }), at(0));
  assert.equal(code(output), '4.13');
  assert.ok(process.memoryUsage().arrayBuffers - before < 100_000);
  assert.equal(coap.statistics().transfers, 0);
});

test('attack: 20,000 bodies of which only the first block comes', () => {
  const coap = newCoap();
  for (let i = 0; i < 20_000; i++) {
    const from = `peer ${Math.floor(i / 10)}` as PeerId;
    const path = [['Uri-Path', `${i % 10}`]] as const;
    const first = {
      code: '0.03',
      id: i % 10,
      options: [...path, ['Block1', block(0, true, 16)]],
      payload: 'x'.repeat(16),
    };
    coap.receive(from, 1, wire(first as Wire), at(i));
  }
  assert.equal(coap.statistics().transfers, limits.transfersMax);
  for (let now = 20_000; now < 600_000; now += 10_000) coap.advance(at(now));
  assert.deepEqual([coap.statistics().transfers, coap.nextDeadline()], [0, undefined]);
});

test('200,000 answered requests: as many are remembered as there is room for, in a few hundred bytes each, without a timer', () => {
  const coap = newCoap();
  const before = heapBytes();
  for (let i = 0; i < 200_000; i++) ask(coap, i % 1_000, i / 1_000, `peer ${Math.floor(i / 1_000)}` as PeerId);
  const { exchangesRemembered } = coap.statistics();
  const each = (heapBytes() - before) / exchangesRemembered;
  assert.equal(exchangesRemembered, limits.exchangesMax);
  assert.ok(each < 600, `${Math.round(each)} bytes each`);
  assert.deepEqual(
    process.getActiveResourcesInfo().filter((name) => name === 'Timeout'),
    [],
  );
});

/** A request that is answered at once; undefined when it was refused. */
function ask(coap: Coap, id: number, now: number, from = peer): CoapOutput | undefined {
  const [event] = coap.receive(from, 1, request(id % 65_536), at(now)).events;
  return event?.kind === 'request' ? coap.respond(from, event.exchange, changed, at(now)) : undefined;
}

function request(id: number, more: Partial<Wire> = {}): Uint8Array {
  return wire({ code: '0.02', id, token: 'aa', options: [['Uri-Path', 'rd']], ...more });
}

function put(coap: Coap, number: number, more: boolean, other: Partial<Wire> & { size?: number } = {}): CoapOutput {
  const { size = 16, options = [], ...rest } = other;
  const block1 = [['Uri-Path', 'f'], ['Block1', block(number, more, size)], ...options] as Wire['options'] & object;
  const message = { code: '0.03', id: 100 + number, token: '01', payload: 'x'.repeat(size), ...rest };
  return coap.receive(peer, 1, wire({ ...message, options: block1 }), at(number));
}

function get(coap: Coap, id: number, options: readonly (readonly [string, number])[], token = 'aa'): CoapOutput {
  return coap.receive(peer, 1, wire({ code: '0.01', id, token, options: [['Uri-Path', 'f'], ...options] }), at(id));
}

function code(output: CoapOutput): string {
  return sent(output).code;
}
