/** What npm `coap` 1.5.0 gets wrong as a client, hole by hole as they were measured, and that our layer does not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8Encode } from '../../src/base/bytes.ts';
import { limits } from '../../src/base/limits.ts';
import type { Coap, RequestOptions } from '../../src/coap/coap.ts';
import type { CoapOutput } from '../../src/coap/output.ts';
import type { CoapRequest } from '../../src/coap/request.ts';
import {
  at,
  block,
  lines,
  newCoap,
  only,
  otherPeer,
  peer,
  type Read,
  reasons,
  sent,
  type Wire,
  wire,
} from './coap-world.ts';

const get: CoapRequest = { method: 'GET', path: ['3', '0'] };
const observe: CoapRequest = { ...get, observe: 0 };

test('tokens: eight random bytes, of which no other can be told', () => {
  const coap = newCoap();
  const tokens = Array.from({ length: 100 }, () => start(coap).token);
  assert.equal(new Set(tokens.map(String)).size, 100);
  for (let byte = 0; byte < 8; byte++) assert.ok(new Set(tokens.map((token) => token[byte])).size > 50, 'no counter');
});

test('matching: a notification under the message ID of a request of ours is not lost, of the same peer or of another', () => {
  for (const from of [peer, otherPeer]) {
    const coap = newCoap();
    coap.restoreObservation(from, { token: Uint8Array.of(7), request: get }, at(0));
    const { id } = sent(start(coap).output);
    const bytes = wire({ code: '2.05', id, token: '07', options: [['Observe', 5]] });
    const output = coap.receive(from, 1, bytes, at(10));
    const { exchange } = only(output, 'notification');
    assert.deepEqual([output.send, lines(coap.acknowledge(from, exchange))], [[], [`ACK 0.00 ${id}`]]);
    assert.equal(coap.statistics().requestsPending, 1);
  }
});

test('matching: an empty acknowledgement of another peer stops neither the repetitions nor the deadline', () => {
  const coap = newCoap();
  const { id } = sent(start(coap).output);
  coap.receive(otherPeer, 1, wire({ type: 'ACK', id }), at(10));
  assert.equal(coap.advance(at(2_000)).send.length, 1);
  assert.equal(only(coap.advance(at(limits.maxTransmitWaitMs)), 'failed').reason, 'timeout');
});

test('matching: a response of another peer is not delivered, whatever its token', () => {
  const coap = newCoap();
  const { id, token } = sent(start(coap).output);
  only(coap.receive(otherPeer, 1, wire({ code: '2.05', id: 9, token }), at(10)), 'unknown-token');
  const piggybacked = coap.receive(otherPeer, 1, wire({ type: 'ACK', code: '2.05', id, token }), at(10));
  assert.deepEqual([piggybacked.events, reasons(piggybacked)], [[], ['unmatched-acknowledgement']]);
});

test('an empty acknowledgement and then silence: the request ends, and nothing of it is left', () => {
  const coap = newCoap();
  const { id } = sent(start(coap).output);
  coap.receive(peer, 1, wire({ type: 'ACK', id }), at(100));
  assert.equal(only(coap.advance(at(limits.maxTransmitWaitMs)), 'failed').reason, 'timeout');
  coap.advance(at(1_000_000));
  assert.equal(coap.nextDeadline(), undefined);
});

test('deadline: nobody answers for 93 s, not 247; or for as long as the caller says', () => {
  const coap = newCoap({ parameters: { ackRandomFactor: 1.5 } });
  start(coap);
  start(coap, get, { deadlineMs: 1_500 }, otherPeer);
  const ends: number[] = [];
  for (let now = 0; now < 250_000; now += 500)
    for (const event of coap.advance(at(now)).events) if (event.kind === 'failed') ends.push(now);
  const [own, last = 0, ...more] = ends;
  assert.equal(own, 1_500);
  assert.ok(last >= 62_000 && last <= limits.maxTransmitWaitMs, `${last}`);
  assert.deepEqual(more, []);
});

test('parameters: those of one peer, and of one request, change nothing for the others', () => {
  const coap = newCoap();
  coap.setParameters(peer, { ackTimeoutMs: 10_000 });
  start(coap, get, {}, peer);
  start(coap, get, { parameters: { ackTimeoutMs: 500, retransmitsMax: 0 } }, otherPeer);
  assert.deepEqual(coap.advance(at(500)).events.length, 1);
  start(coap, get, {}, otherPeer, 1_000);
  assert.equal(coap.nextDeadline(), at(3_000));
  assert.deepEqual([coap.advance(at(3_000)).send[0]?.peer, coap.advance(at(10_000)).send.length], [otherPeer, 2]);
});

test('back-off: it begins anew with every block; 64 KiB and 7 lost blocks take 14 s, not 345', () => {
  for (const [losses, takesMs] of [
    [0, 0],
    [3, 6_000],
    [7, 14_000],
  ] as const) {
    const coap = newCoap();
    let asked = sent(start(coap, { ...get, method: 'PUT', payload: new Uint8Array(65_536) }).output);
    let now = 0;
    for (let number = 0; number < 64; number++) {
      if (number % 8 === 1 && number / 8 < losses) {
        now = coap.nextDeadline() as number;
        assert.deepEqual(sent(coap.advance(at(now))), asked, 'the same once more');
      }
      const output = echo(coap, asked, number, number === 63 ? '2.04' : '2.31', now);
      if (number === 63) only(output, 'response');
      else asked = sent(output);
    }
    assert.equal(now, takesMs);
  }
});

test('NSTART: of a peer one request waits for its first answer at a time', () => {
  const coap = newCoap();
  const { id } = sent(start(coap).output);
  for (let i = 0; i < 10; i++) assert.deepEqual(start(coap).output.send, []);
  assert.equal(coap.receive(peer, 1, wire({ type: 'ACK', id }), at(10)).send.length, 1);
});

test('Block1: a long body is cut without being asked for', () => {
  const first = sent(start(newCoap(), { ...get, method: 'PUT', payload: new Uint8Array(1_281) }).output);
  assert.deepEqual(
    [first.payload.length, first.options.slice(2)],
    [
      1_024,
      [
        ['Block1', '0e'],
        ['Size1', '0501'],
      ],
    ],
  );
});

test('Block1: an error in the middle is the response, and no block follows', () => {
  for (const code of ['4.13', '4.08']) {
    const coap = newCoap();
    const asked = sent(echo(coap, upload(coap), 0));
    const output = echo(coap, asked, 1, code);
    assert.deepEqual([only(output, 'response').response.code, output.send], [code, []]);
  }
});

test('crash 1: a response with a Block1 option of no bytes', () => {
  const coap = newCoap();
  const { id, token } = upload(coap, 16);
  const output = coap.receive(
    peer,
    1,
    wire({ type: 'ACK', code: '2.31', id, token, options: [['Block1', '']] }),
    at(1),
  );
  assert.equal(output.send.length, 1);
});

test('crash 2: wrong echoes, one after the other, end the request', () => {
  const coap = newCoap();
  const asked = upload(coap);
  assert.equal(only(echo(coap, asked, 5), 'failed').reason, 'block-error');
  for (let i = 0; i < 6; i++) assert.deepEqual(reasons(echo(coap, asked, 5)), ['unmatched-acknowledgement']);
});

test('Block1: a doubled acknowledgement sends no block twice', () => {
  const coap = newCoap();
  const first = upload(coap);
  const second = echo(coap, first, 0);
  assert.deepEqual([second.send.length, echo(coap, first, 0).send], [1, []]);
});

test('Block2: a doubled acknowledgement adds nothing: 256 bytes are delivered as 256, in one chain of requests', () => {
  const coap = newCoap();
  let asked = sent(start(coap).output);
  for (let number = 0; number < 2; number++) {
    const answer = page(asked, number, number < 1);
    const outputs = [coap.receive(peer, 1, answer, at(number)), coap.receive(peer, 1, answer, at(number))] as const;
    assert.deepEqual([outputs[1].send, outputs[1].events], [[], []]);
    if (number === 0) asked = sent(outputs[0]);
    else assert.equal(only(outputs[0], 'response').response.payload.length, 256);
  }
});

test('Block2: blocks of another number or entity tag are not put together', () => {
  const swapped = newCoap();
  const second = sent(swapped.receive(peer, 1, page(sent(start(swapped).output), 0, true), at(1)));
  assert.equal(only(swapped.receive(peer, 1, page(second, 2, true), at(2)), 'failed').reason, 'block-error');
  const coap = newCoap();
  const next = sent(coap.receive(peer, 1, page(sent(start(coap).output), 0, true, 'A'), at(1)));
  const anew = sent(coap.receive(peer, 1, page(next, 1, false, 'B'), at(2)));
  assert.deepEqual(anew.options.at(-1), ['Block2', '03'], 'from the beginning');
});

test('separate: its repetition is acknowledged again, not rejected', () => {
  const coap = newCoap();
  const { id, token } = sent(start(coap).output);
  coap.receive(peer, 1, wire({ type: 'ACK', id }), at(10));
  const separate = wire({ code: '2.05', id: 4_000, token });
  const outputs = [coap.receive(peer, 1, separate, at(20)), coap.receive(peer, 1, separate, at(2_020))];
  assert.deepEqual(outputs.map(lines), [['ACK 0.00 4000'], ['ACK 0.00 4000']]);
  assert.deepEqual(
    outputs.map(({ events }) => events.length),
    [1, 0],
  );
});

test('separate: where the acknowledgement of the request was lost, nothing is left of it', () => {
  const coap = newCoap();
  const { token } = sent(start(coap).output);
  only(coap.receive(peer, 1, wire({ code: '2.05', id: 4_000, token }), at(20)), 'response');
  assert.deepEqual([coap.statistics().unacknowledged, coap.advance(at(90_000)).send], [0, []]);
});

test('notifications: each comes with its own code, format and number, and its repetition does not', () => {
  const { coap, token } = observing();
  const told = [1, 2].map((number) => {
    const options = [
      ['Observe', number + 10],
      ['Content-Format', number + 20],
    ] as const;
    const bytes = wire({ type: 'NON', code: '2.05', id: number, token, options, payload: `${number}` });
    const event = only(coap.receive(peer, 1, bytes, at(number)), 'notification');
    assert.deepEqual(reasons(coap.receive(peer, 1, bytes, at(number))), ['duplicate']);
    return event.response;
  });
  assert.deepEqual(
    told.map(({ code, observe: number, contentFormat, payload }) => [code, number, contentFormat, payload]),
    [
      ['2.05', 11, 21, utf8Encode('1')],
      ['2.05', 12, 22, utf8Encode('2')],
    ],
  );
});

test('lost notifications (a): an error, which has no Observe option, is told as the end, and left to the caller to acknowledge', () => {
  for (const code of ['4.04', '5.03']) {
    const { coap, token } = observing();
    const output = coap.receive(peer, 1, wire({ code, id: 50, token }), at(10));
    assert.deepEqual([only(output, 'observation-ended').code, output.send], [code, []]);
    assert.equal(coap.statistics().observations, 0);
  }
});

test('lost notifications (b): one in blocks, of which the last has no Observe option, is delivered whole', () => {
  const { coap, token } = observing();
  const options = [
    ['Observe', 9],
    ['Block2', block(0, true, 128)],
  ] as const;
  const bytes = wire({ code: '2.05', id: 50, token, options, payload: 'a'.repeat(128) });
  const asked = sent(coap.receive(peer, 1, bytes, at(10)));
  assert.notEqual(asked.token, token, 'its blocks are asked for under another token');
  assert.ok(!asked.options.some(([name]) => name === 'Observe'), 'and without Observe (RFC 7959 section 3.4)');
  const { response } = only(coap.receive(peer, 1, page(asked, 1, false, ''), at(20)), 'notification');
  assert.deepEqual([response.payload.length, response.observe], [256, 9]);
});

test('an observation that is refused is a plain response, and its token is free', () => {
  for (const code of ['2.05', '4.05']) {
    const coap = newCoap();
    const { id, token } = sent(start(coap, observe).output);
    only(coap.receive(peer, 1, wire({ type: 'ACK', code, id, token }), at(10)), 'response');
    assert.equal(coap.statistics().observations, 0);
    only(
      coap.receive(peer, 1, wire({ code: '2.05', id: 9, token, options: [['Observe', 2]] }), at(20)),
      'unknown-token',
    );
  }
});

test('cancelling: with GET and the same token, and its outcome is told; or by forgetting, and RST to the next one', () => {
  const first = observing();
  const cancel = start(first.coap, { ...get, observe: 1 }, { token: Buffer.from(first.token, 'hex') });
  const { id, token } = sent(cancel.output);
  const answer = first.coap.receive(peer, 1, wire({ type: 'ACK', code: '2.05', id, token }), at(20));
  assert.deepEqual([only(answer, 'response').id, first.coap.statistics().observations], [cancel.id, 0]);
  const second = observing();
  second.coap.forgetToken(peer, Buffer.from(second.token, 'hex'));
  const late = wire({ code: '2.05', id: 60, token: second.token, options: [['Observe', 2]] });
  const { exchange } = only(second.coap.receive(peer, 1, late, at(30)), 'unknown-token');
  assert.deepEqual(lines(second.coap.reject(peer, exchange)), ['RST 0.00 60']);
});

test('unknown token: after a restart the first notification cancels nothing by itself, confirmable or not', () => {
  for (const type of ['CON', 'NON'] as const) {
    const coap = newCoap();
    const bytes = wire({ type, code: '2.05', id: 60, token: '07', options: [['Observe', 2]] });
    const output = coap.receive(peer, 1, bytes, at(0));
    assert.deepEqual([only(output, 'unknown-token').kind, output.send], ['unknown-token', []]);
  }
});

test('restart: an observation is taken up without traffic: the stale 99 is known as stale, 101 is fresh, each acknowledged', () => {
  const coap = newCoap();
  coap.restoreObservation(peer, { token: Uint8Array.of(7), request: get, lastSequence: 100 }, at(0));
  const told = [99, 101].map((number) => {
    const bytes = wire({ code: '2.05', id: number, token: '07', options: [['Observe', number]] });
    const { fresh, exchange } = only(coap.receive(peer, 1, bytes, at(number)), 'notification');
    return [fresh, ...lines(coap.acknowledge(peer, exchange))];
  });
  assert.deepEqual(told, [
    [false, 'ACK 0.00 99'],
    [true, 'ACK 0.00 101'],
  ]);
});

test('restart: message IDs go on where no earlier one was, and an answered message is answered again', () => {
  const [before, coap] = [newCoap(), newCoap()];
  before.setMessageIdRange(1);
  coap.setMessageIdRange(2);
  const ids = [before, coap].map((layer) => sent(start(layer).output).id >> 13);
  assert.deepEqual(ids, [1, 2]);
  const send = wire({ code: '0.02', id: 5, token: 'aa', options: [['Uri-Path', 'dp']] });
  const { request } = only(before.receive(peer, 1, send, at(0)), 'request');
  const { messageId, token, digest } = request;
  coap.rememberMessage(
    peer,
    { messageId, token, digest, association: 1, answer: { code: '2.04' }, ageMs: 1_000 },
    at(0),
  );
  const again = coap.receive(peer, 1, send, at(10));
  assert.deepEqual([again.events, lines(again)], [[], ['ACK 2.04 5 aa']]);
});

function start(coap: Coap, request = get, options: RequestOptions = {}, whom = peer, now = 0) {
  const made = coap.request(whom, request, options, at(now));
  assert.ok('id' in made, JSON.stringify(made));
  return made;
}

function upload(coap: Coap, blockBytes = 1_024): Read {
  const request: CoapRequest = { ...get, method: 'PUT', payload: new Uint8Array(4_096) };
  return sent(start(coap, request, { parameters: { blockBytes } }).output);
}

function echo(coap: Coap, { id, token }: Read, number: number, code = '2.31', now = 1): CoapOutput {
  const options = [['Block1', block(number, true, 1_024)]] as const;
  return coap.receive(peer, 1, wire({ type: 'ACK', code, id, token, options }), at(now));
}

/** Block `number` of a body in blocks of 128 bytes. */
function page({ id, token }: Read, number: number, more: boolean, etag = 'A'): Uint8Array {
  const options: Wire['options'] = [
    ...(etag === '' ? [] : ([['ETag', etag]] as const)),
    ['Block2', block(number, more, 128)],
  ];
  return wire({ type: 'ACK', code: '2.05', id, token, options, payload: 'x'.repeat(128) });
}

function observing(): { coap: Coap; token: string } {
  const coap = newCoap();
  const { id, token } = sent(start(coap, observe).output);
  only(
    coap.receive(peer, 1, wire({ type: 'ACK', code: '2.05', id, token, options: [['Observe', 1]] }), at(1)),
    'response',
  );
  return { coap, token };
}
