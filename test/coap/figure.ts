/**
 * Plays a message flow as an RFC prints it, with our layer at one end: what the other end sends is handed in byte by byte, and
 * what ours sends is compared whole: type, code, message ID, token, options in order, payload.
 *
 *   --> CON 1234 PUT /options 1:0/1/128 +128 (Size1=300)       client to server; -x> is lost on its way
 *   <-- ACK 1234 2.31 1:0/1/128                                server to client; <x- is lost on its way
 *
 * `1:` and `2:` are Block1 and Block2 as number/more/size, `+128` so many bytes of the body from there on. In brackets stands
 * what our layer adds to the figure: sent by ours, left out by the other end. Message IDs and tokens that ours draws stand for
 * those of the figure, one for one.
 */
import assert from 'node:assert/strict';
import type { Coap, RequestOptions } from '../../src/coap/coap.ts';
import type { CoapEvent, CoapOutput } from '../../src/coap/output.ts';
import type { CoapRequest } from '../../src/coap/request.ts';
import type { CoapResponse } from '../../src/coap/response.ts';
import { at, block, lineOf, peer, read, type Wire, wire } from './coap-world.ts';

export type Side = 'client' | 'server';

/** How long the server's caller takes, where the figure has a separate response. */
const slowAnswerMs = 3_000;
const stepMs = 10;

/** `bytes` of a body, of which no two blocks are equal. */
export function figureBody(bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => (i * 7 + (i >> 4)) & 0xff);
}

export class Play {
  readonly events: CoapEvent[] = [];
  /** What the server's caller answers, and whether he takes long. */
  answer: CoapResponse | undefined;
  slow = false;
  now = 0;
  private readonly coap: Coap;
  private readonly side: Side;
  private readonly outbox: Uint8Array[] = [];
  private readonly ids = new Pairs<number>();
  private readonly tokens = new Pairs<string>();
  private answerAt = Number.POSITIVE_INFINITY;
  private unanswered: Extract<CoapEvent, { kind: 'request' }> | undefined;

  constructor(coap: Coap, side: Side) {
    this.coap = coap;
    this.side = side;
  }

  request(request: CoapRequest, options: RequestOptions = {}): void {
    const made = this.coap.request(peer, request, options, at(this.now));
    assert.ok('id' in made);
    this.take(made.output);
  }

  /** Plays the lines, one after the other; at the end nothing may be left that the figure does not show. */
  lines(lines: readonly string[]): void {
    for (const line of lines) {
      const [arrow = ''] = line.split(' ');
      const isOurs = arrow.endsWith('>') === (this.side === 'client');
      this.now += stepMs;
      if (isOurs) this.expect(line);
      else if (!arrow.includes('x')) this.hand(line);
    }
    assert.deepEqual(
      this.outbox.map((bytes) => lineOf({ bytes } as CoapOutput['send'][0])),
      [],
      'the figure shows no more',
    );
  }

  /** The body of the one response or request that came whole to the caller. */
  body(): Uint8Array | undefined {
    const bodies = this.events.flatMap((event) =>
      event.kind === 'request'
        ? [event.request.payload]
        : event.kind === 'response' || event.kind === 'notification'
          ? [event.response.payload]
          : [],
    );
    return bodies.at(-1);
  }

  private hand(line: string): void {
    const { type = 'CON', ...message } = wireOf(line, false);
    const answersOurs = type === 'ACK' || type === 'RST';
    const id = answersOurs ? (this.ids.actual(message.id) ?? message.id) : message.id;
    const token = this.tokens.actual(message.token ?? '') ?? message.token ?? '';
    this.take(this.coap.receive(peer, 1, wire({ type, ...message, id, token }), at(this.now)));
  }

  private expect(line: string): void {
    while (this.outbox.length === 0) this.wait(line);
    const sent = this.outbox.shift() as Uint8Array;
    const { id, token } = read(sent);
    const expected = wireOf(line, true);
    const isOwn = expected.type === 'CON' || expected.type === 'NON';
    if (isOwn) this.ids.pair(expected.id, id, line);
    const isEmpty = (expected.code ?? '0.00') === '0.00';
    if (this.side === 'client' && isOwn && !isEmpty) this.tokens.pair(expected.token ?? '', token, line);
    const named = {
      id: isOwn ? id : expected.id,
      token: isEmpty ? '' : (this.tokens.actual(expected.token ?? '') ?? expected.token ?? ''),
    };
    assert.deepEqual(read(sent), read(wire({ ...expected, ...named })), line);
  }

  /** Nothing more is sent by itself: the next deadline, or the caller's late answer. */
  private wait(line: string): void {
    const due = this.coap.nextDeadline();
    const next = Math.min(due ?? Number.POSITIVE_INFINITY, this.answerAt);
    assert.ok(next < this.now + 100_000, `nothing comes for: ${line}`);
    this.now = Math.max(this.now, next);
    if (this.now >= this.answerAt) this.respond();
    this.take(this.coap.advance(at(this.now)));
  }

  private take(output: CoapOutput): void {
    this.outbox.push(...output.send.map(({ bytes }) => bytes));
    for (const event of output.events) {
      this.events.push(event);
      if (event.kind === 'request') {
        this.unanswered = event;
        if (this.slow) this.answerAt = this.now + slowAnswerMs;
        else this.respond();
      } else if (event.kind === 'notification') this.take(this.coap.acknowledge(peer, event.exchange));
      else if (event.kind === 'unknown-token') this.take(this.coap.reject(peer, event.exchange));
    }
  }

  private respond(): void {
    this.answerAt = Number.POSITIVE_INFINITY;
    assert.ok(this.unanswered !== undefined && this.answer !== undefined);
    this.take(this.coap.respond(peer, this.unanswered.exchange, this.answer, at(this.now)));
  }
}

/** What the figure calls one thing and our layer another: one for one. */
class Pairs<Name> {
  private readonly actuals = new Map<Name, Name>();

  actual(figure: Name): Name | undefined {
    return this.actuals.get(figure);
  }

  pair(figure: Name, actual: Name, line: string): void {
    const known = this.actuals.get(figure);
    assert.equal(actual, known ?? actual, line);
    if (known === undefined) assert.ok(![...this.actuals.values()].includes(actual), `new in: ${line}`);
    this.actuals.set(figure, actual);
  }
}

const codes: Readonly<Record<string, string>> = { GET: '0.01', POST: '0.02', PUT: '0.03', FETCH: '0.05' };

function wireOf(line: string, isOurs: boolean): Wire {
  const shown = isOurs ? line.replace(/[()]/g, '') : line.replace(/\([^)]*\)/g, '');
  const [arrow = '', type, id = '', ...words] = shown.match(/"[^"]*"|\S+/g) ?? [];
  let message = { type, id: Number(id), code: '0.00' } as { -readonly [Key in keyof Wire]: Wire[Key] };
  const bodyBlock = arrow.endsWith('>') ? '1:' : '2:';
  const offset = words.filter((word) => word.startsWith(bodyBlock)).map(offsetOf)[0] ?? 0;
  for (const word of words) message = withWord(message, word, offset);
  return message;
}

function withWord(message: Wire, word: string, offset: number): Wire {
  const { options = [] } = message;
  const [name = '', value = ''] = word.split('=');
  if (/^[A-Z]+$/.test(word) || /^\d\.\d\d$/.test(word)) return { ...message, code: codes[word] ?? word };
  if (word.startsWith('/')) return { ...message, options: [...options, ['Uri-Path', word.slice(1)]] };
  if (word.startsWith('"')) return { ...message, payload: word.slice(1, -1) };
  if (word.startsWith('+')) return { ...message, payload: figureBody(offset + Number(word.slice(1))).subarray(offset) };
  if (/^[12]:/.test(word)) return { ...message, options: [...options, [`Block${word[0]}`, blockValue(word)]] };
  if (name === 'token') return { ...message, token: value };
  if (name === 'ETag') return { ...message, options: [...options, [name, Buffer.from(value, 'hex')]] };
  return { ...message, options: [...options, [name, Number(value)]] };
}

function blockOf(word: string): { number: number; more: number; size: number } {
  const [number = 0, more = 0, size = 0] = word.slice(2).split('/').map(Number);
  return { number, more, size };
}

function blockValue(word: string): number {
  const { number, more, size } = blockOf(word);
  return block(number, more === 1, size);
}

function offsetOf(word: string): number {
  const { number, size } = blockOf(word);
  return number * size;
}
