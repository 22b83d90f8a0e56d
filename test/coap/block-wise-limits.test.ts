/** Block-wise transfers at their limits, on both sides of each: length, number, time, and bodies that change under way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/base/limits.ts';
import type { Coap, RequestOptions } from '../../src/coap/coap.ts';
import type { CoapOutput, PeerId } from '../../src/coap/output.ts';
import type { CoapRequest } from '../../src/coap/request.ts';
import { at, block, lines, newCoap, only, peer, type Read, reasons, sent, type Wire, wire } from './coap-world.ts';

const get: CoapRequest = { method: 'GET', path: ['3', '0'] };
const observation = { token: Uint8Array.of(7), request: get };

test('a body of a peer rests for EXCHANGE_LIFETIME after each block, and no longer', () => {
  const coap = newCoap();
  const early = limits.exchangeLifetimeMs - 1;
  assert.equal(sent(put(coap, 0, 0)).code, '2.31');
  for (const times of [1, 2]) {
    coap.advance(at(times * early));
    assert.equal(sent(put(coap, times, times * early)).code, '2.31');
  }
  const late = 2 * early + limits.exchangeLifetimeMs;
  coap.advance(at(late));
  assert.equal(sent(put(coap, 3, late)).code, '4.08');
});

test('a body of ours is kept for EXCHANGE_LIFETIME after each block, and then asked of the caller again', () => {
  const coap = newCoap();
  const { exchange } = only(ask(coap, 0, 0), 'request');
  coap.respond(peer, exchange, { code: '2.05', payload: new Uint8Array(100) }, at(0));
  const early = limits.exchangeLifetimeMs - 1;
  for (const times of [1, 2]) {
    coap.advance(at(times * early));
    assert.equal(sent(ask(coap, times, times * early)).payload.length, 16);
  }
  const late = 2 * early + limits.exchangeLifetimeMs;
  coap.advance(at(late));
  only(ask(coap, 3, late), 'request');
});

test('where no more bodies of ours can be kept, their first blocks leave nevertheless, and the caller is asked for the others', () => {
  const coap = newCoap();
  for (let i = 0; i <= limits.transfersMax; i++) {
    const from = i === limits.transfersMax ? peer : (`peer ${i}` as PeerId);
    const { exchange } = only(ask(coap, 0, 0, from), 'request');
    const answer = coap.respond(from, exchange, { code: '2.05', payload: new Uint8Array(20) }, at(0));
    assert.equal(sent(answer).payload.length, 16);
  }
  assert.equal(coap.statistics().transfers, limits.transfersMax);
  only(ask(coap, 1, 1), 'request');
});

test('an answer is taken up to 64 KiB, and not a byte more, announced or not', () => {
  for (const [bytes, announced, end] of [
    [limits.bodyBytesPerPeerMax, true, 'response'],
    [limits.bodyBytesPerPeerMax, false, 'response'],
    [limits.bodyBytesPerPeerMax + 1, true, 'failed'],
    [limits.bodyBytesPerPeerMax + 1, false, 'failed'],
  ] as const) {
    const coap = newCoap();
    let asked = sent(start(coap).output);
    for (let number = 0; ; number++) {
      const size = announced ? ([['Size2', bytes]] as const) : [];
      const left = bytes - number * 1_024;
      const blocks = [['Block2', block(number, left > 1_024, 1_024)], ...size] as const;
      const output = answer(coap, asked, { options: blocks, payload: 'x'.repeat(Math.min(left, 1_024)) });
      if (output.events.length === 0) {
        asked = sent(output);
        continue;
      }
      assert.equal(output.events[0]?.kind, end);
      const needed = Math.ceil(bytes / 1_024) - 1;
      assert.equal(number, end === 'failed' && announced ? 0 : needed, 'known as soon as it can be');
      break;
    }
  }
});

test(`a body that changes under way is fetched anew ${limits.transferRestartsMax} times, and then given up`, () => {
  const coap = newCoap();
  let asked = sent(start(coap).output);
  for (let version = 0; version <= limits.transferRestartsMax; version++) {
    asked = sent(answer(coap, asked, page(0, true, `${version}`)));
    assert.deepEqual(asked.options.at(-1), ['Block2', '10']);
    const changed = answer(coap, asked, page(1, true, `${version + 1}`));
    if (version === limits.transferRestartsMax) assert.equal(only(changed, 'failed').reason, 'block-error');
    else asked = sent(changed);
  }
});

test('each block has 93 s, whole bodies as long as the caller gives them', () => {
  for (const [deadlineMs, blocksBefore, end] of [
    [undefined, 4, 'response'],
    [300_000, 3, 'failed'],
  ] as const) {
    const coap = newCoap();
    let asked = sent(start(coap, get, deadlineMs === undefined ? {} : { deadlineMs }).output);
    let answered = 0;
    for (let now = 0; ; ) {
      coap.receive(peer, 1, wire({ type: 'ACK', id: asked.id }), at(now));
      now += 90_000;
      const due = coap.advance(at(now));
      const output = due.events.length > 0 ? due : separate(coap, asked, answered, answered < 4, now);
      const [event] = output.events;
      if (event !== undefined) {
        assert.deepEqual([event.kind, answered], [end, blocksBefore]);
        break;
      }
      answered++;
      asked = sent({ ...output, send: output.send.filter(({ kind }) => kind === 'request') });
    }
  }
});

test('a long notification that needs no acknowledgement is fetched like any other', () => {
  const coap = newCoap();
  coap.restoreObservation(peer, observation, at(0));
  const fetch = sent(notify(coap, 1, 'NON'));
  const event = only(answer(coap, fetch, page(1, false, 'A')), 'notification');
  assert.deepEqual([event.confirmable, event.response.payload.length], [false, 32]);
  assert.deepEqual([coap.statistics().exchangesOpen, coap.acknowledge(peer, event.exchange).send], [0, []]);
});

test('a long notification that changes while it is fetched is told in its newest form', () => {
  const coap = newCoap();
  coap.restoreObservation(peer, observation, at(0));
  const again = sent(answer(coap, sent(notify(coap, 1)), page(1, false, 'B')));
  assert.deepEqual(again.options.at(-1), ['Block2', '']);
  const rest = sent(answer(coap, again, page(0, true, 'B')));
  const { response } = only(answer(coap, rest, page(1, false, 'B')), 'notification');
  assert.deepEqual([response.payload.length, response.etag], [32, new Uint8Array(Buffer.from('B'))]);
});

test('a younger long notification comes while one is fetched: both are told whole, the younger one last', () => {
  const coap = newCoap();
  coap.restoreObservation(peer, observation, at(0));
  const first = sent(notify(coap, 1));
  assert.deepEqual(notify(coap, 2).send, [], 'it waits for its turn');
  const told = answer(coap, first, page(1, false, 'A'));
  assert.equal(only(told, 'notification').response.observe, 1);
  const last = only(answer(coap, sent(told), page(1, false, 'A')), 'notification');
  assert.deepEqual([last.response.observe, last.fresh], [2, true]);
});

test('blocks that come in another order than they were asked for end the transfer, or belong to nothing', () => {
  const coap = newCoap();
  const first = sent(start(coap).output);
  const second = sent(answer(coap, first, page(0, true, 'A')));
  assert.deepEqual(reasons(answer(coap, first, page(1, true, 'A'))), ['unmatched-acknowledgement']);
  assert.equal(only(answer(coap, second, page(2, false, 'A')), 'failed').reason, 'block-error');
});

test('PATCH and iPATCH carry long bodies like PUT, and take the blocks of a long answer', () => {
  for (const [method, code] of [
    ['PATCH', '0.06'],
    ['iPATCH', '0.07'],
  ] as const) {
    const coap = newCoap();
    const made = start(coap, { ...get, method, payload: new Uint8Array(32) }, { parameters: { blockBytes: 16 } });
    const first = sent(made.output);
    assert.deepEqual([first.code, first.payload.length], [code, 16]);
    const second = sent(answer(coap, first, { code: '2.31', options: [['Block1', block(0, true, 16)]] }));
    const blocks = [
      ['Block2', block(0, true, 16)],
      ['Block1', block(1, false, 16)],
    ] as const;
    const third = sent(answer(coap, second, { code: '2.04', options: blocks, payload: 'x'.repeat(16) }));
    assert.deepEqual([third.code, third.payload], [code, '']);
    const end = answer(coap, third, { code: '2.04', options: [['Block2', block(1, false, 16)]], payload: 'y' });
    assert.equal(only(end, 'response').response.payload.length, 17);
    const theirs = wire({ code, id: 1, token: '01', options: [['Uri-Path', 'x']], payload: 'z' });
    assert.equal(only(coap.receive(peer, 1, theirs, at(9)), 'request').request.method, method);
  }
});

function start(coap: Coap, request = get, options: RequestOptions = {}) {
  const made = coap.request(peer, request, options, at(0));
  assert.ok('id' in made);
  return made;
}

/** The answer of a peer, with its acknowledgement. */
function answer(coap: Coap, { id, token }: Read, more: Partial<Wire>): CoapOutput {
  return coap.receive(peer, 1, wire({ type: 'ACK', code: '2.05', id, token, ...more }), at(5));
}

function separate(coap: Coap, { token }: Read, number: number, more: boolean, now: number): CoapOutput {
  const output = coap.receive(
    peer,
    1,
    wire({ code: '2.05', id: 4_000 + number, token, ...page(number, more, 'A') }),
    at(now),
  );
  assert.equal(lines(output)[0], `ACK 0.00 ${4_000 + number}`);
  return output;
}

function page(number: number, more: boolean, etag: string): Partial<Wire> {
  const options = [
    ['ETag', etag],
    ['Block2', block(number, more, 16)],
  ] as const;
  return { options, payload: 'x'.repeat(16) };
}

function notify(coap: Coap, sequence: number, type: 'CON' | 'NON' = 'CON'): CoapOutput {
  const options = [
    ['ETag', 'A'],
    ['Observe', sequence],
    ['Block2', block(0, true, 16)],
  ] as const;
  const bytes = wire({ type, code: '2.05', id: 100 + sequence, token: '07', options, payload: 'x'.repeat(16) });
  return coap.receive(peer, 1, bytes, at(sequence));
}

function put(coap: Coap, number: number, now: number): CoapOutput {
  const options = [
    ['Uri-Path', 'f'],
    ['Block1', block(number, true, 16)],
  ] as const;
  const bytes = wire({ code: '0.03', id: number, token: '01', options, payload: 'x'.repeat(16) });
  return coap.receive(peer, 1, bytes, at(now));
}

function ask(coap: Coap, number: number, now: number, from = peer): CoapOutput {
  const options = [
    ['Uri-Path', 'f'],
    ['Block2', block(number, false, 16)],
  ] as const;
  return coap.receive(from, 1, wire({ code: '0.01', id: number, token: '01', options }), at(now));
}
