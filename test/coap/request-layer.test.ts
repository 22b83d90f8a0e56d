/**
 * The request layer over what is not the message layer: a reliable stream without message IDs, and a layer in between that seals
 * contents. Neither layer is touched for it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../src/base/bytes.ts';
import { Deadlines } from '../../src/base/deadlines.ts';
import type { Monotonic } from '../../src/base/instants.ts';
import { limits } from '../../src/base/limits.ts';
import type { Content } from '../../src/coap/message.ts';
import { MessageLayer } from '../../src/coap/message-layer.ts';
import type { Messaging, Received } from '../../src/coap/messaging.ts';
import { uintOption } from '../../src/coap/option.ts';
import { type CoapEvent, type CoapOutput, emptyOutput } from '../../src/coap/output.ts';
import { defaultParameters, type TransmissionParameters } from '../../src/coap/parameters.ts';
import type { CoapRequest } from '../../src/coap/request.ts';
import { RequestLayer } from '../../src/coap/request-layer.ts';
import type { CoapResponse } from '../../src/coap/response.ts';
import type { Timer } from '../../src/coap/timer.ts';
import { at, entropyOf, peer, read } from './coap-world.ts';
import { figureBody } from './figure.ts';
import { framed, ReliableStream, unframed } from './reliable-stream.ts';
import { Sealing } from './sealing.ts';

const get: CoapRequest = { method: 'GET', path: ['temperature'] };

test('a frame has neither type nor message ID, and its length in as few bytes as that takes', () => {
  const content = {
    code: '0.01',
    token: Uint8Array.of(0x4a),
    options: [{ number: 11, value: Uint8Array.of(0x33) }],
  } as const;
  assert.equal(toHex(framed({ ...content, payload: new Uint8Array(0) })), '21014ab133');
  for (const bytes of [12, 13, 268, 269, 1_024]) {
    const frame = framed({ ...content, payload: new Uint8Array(bytes) });
    const { payload, token, options } = unframed(frame);
    assert.deepEqual([payload.length, token, options], [bytes, content.token, content.options]);
  }
});

test('over a stream: a request and its answer, in two frames', () => {
  const link = new StreamLink({ code: '2.05', payload: figureBody(10) });
  link.ask(get);
  assert.deepEqual(link.codes, ['0.01', '2.05']);
  assert.deepEqual(told(link.client), [['response', figureBody(10)]]);
});

test('over a stream: bodies in blocks, both ways', () => {
  const link = new StreamLink({ code: '2.04', payload: figureBody(70) });
  link.ask({ ...get, method: 'POST', payload: figureBody(100) });
  const uploaded = ['0.02', '2.31', '0.02', '2.31', '0.02', '2.31', '0.02', '2.04'];
  assert.deepEqual(link.codes, [...uploaded, '0.02', '2.04', '0.02', '2.04']);
  assert.deepEqual(told(link.server), [['request', figureBody(100)]]);
  assert.deepEqual(told(link.client), [['response', figureBody(70)]]);
});

test('over a stream: notifications, a long one among them whose rest is fetched, and one that nobody knows', () => {
  const link = new StreamLink({ code: '2.05', payload: figureBody(70) });
  const token = Uint8Array.of(7);
  link.client.layer.requester.restoreObservation(peer, { token, request: get, youngest: undefined }, at(0));
  const notify = (sequence: number, named: Uint8Array, more: Partial<Content>) =>
    link.toClient({ code: '2.05', token: named, options: [uintOption(6, sequence)], payload: figureBody(5), ...more });
  notify(1, token, {});
  const etag = { number: 4, value: Uint8Array.of(1) };
  link.server.answer = { code: '2.05', payload: figureBody(70), etag: etag.value };
  notify(2, token, { options: [etag, uintOption(6, 2), uintOption(23, 9)], payload: figureBody(32) });
  notify(3, Uint8Array.of(8), {});
  assert.deepEqual(told(link.client), [
    ['notification', figureBody(5)],
    ['notification', figureBody(70)],
    ['unknown-token', figureBody(5)],
  ]);
});

test('over a stream: nobody answers, and the request ends', () => {
  const link = new StreamLink(undefined);
  link.ask(get);
  link.client.advance(at(limits.maxTransmitWaitMs));
  const [end, ...more] = link.client.events;
  assert.ok(end?.kind === 'failed' && end.reason === 'timeout' && more.length === 0);
  assert.deepEqual(link.codes, ['0.01']);
});

test('sealed in between: blocks and repetitions go on, and the wire shows neither codes nor options', () => {
  const client = new SealedEnd(undefined);
  const server = new SealedEnd({ code: '2.05', payload: figureBody(70) });
  client.take(client.end.ask({ ...get, method: 'PUT', payload: figureBody(100) }));
  for (let now = 0, sent = 0; client.end.events.length === 0; now += 500) {
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const)
      for (const bytes of from.outbox.splice(0)) {
        const { code, options } = read(bytes);
        assert.ok(['0.02', '2.04'].includes(code) && options.length === 0, `${code} ${options}`);
        if (++sent % 4 !== 0) to.receive(bytes, at(now));
      }
    client.advance(at(now));
    assert.ok(now < 100_000);
  }
  assert.deepEqual(told(server.end), [['request', figureBody(100)]]);
  assert.deepEqual(told(client.end), [['response', figureBody(70)]]);
  assert.ok(client.messages.outgoing.retransmissions > 0);
});

/** The request layer at one end, and its caller, who answers at once. */
class End {
  readonly events: CoapEvent[] = [];
  readonly layer: RequestLayer;
  answer: CoapResponse | undefined;
  private readonly deadlines: Deadlines<Timer>;

  constructor(below: Messaging, deadlines: Deadlines<Timer>, answer: CoapResponse | undefined) {
    this.deadlines = deadlines;
    this.answer = answer;
    this.layer = new RequestLayer(below, deadlines, entropyOf(3), () => parameters);
  }

  ask(request: CoapRequest): CoapOutput {
    const output = emptyOutput();
    const terms = { token: undefined, deadlineAt: undefined, parameters };
    assert.ok(typeof this.layer.requester.request(peer, request, terms, at(0), output) === 'object');
    return output;
  }

  handle(received: Received, now: Monotonic, output: CoapOutput): void {
    this.layer.receive(received, now, output);
    this.events.push(...output.events);
    if (received.kind !== 'request' || output.events.length === 0 || this.answer === undefined) return;
    this.layer.responder.respond(received.received, this.answer, now, output);
  }

  advance(now: Monotonic): void {
    const output = emptyOutput();
    for (const timer of this.deadlines.due(now))
      if (timer.kind === 'pending-request') this.layer.due(timer, now, output);
    this.events.push(...output.events);
  }
}

/** Two request layers, and a stream each way between them. */
class StreamLink {
  readonly codes: string[] = [];
  readonly client: End;
  readonly server: End;
  private readonly streams = { client: new ReliableStream(), server: new ReliableStream() };

  constructor(answer: CoapResponse | undefined) {
    this.client = new End(this.streams.client, new Deadlines(), undefined);
    this.server = new End(this.streams.server, new Deadlines(), answer);
  }

  ask(request: CoapRequest): void {
    this.carry('server', this.client.ask(request));
  }

  toClient(content: Content): void {
    this.deliver('client', framed(content));
  }

  private carry(to: 'client' | 'server', { send }: CoapOutput): void {
    for (const { bytes } of send) this.deliver(to, bytes);
  }

  private deliver(to: 'client' | 'server', frame: Uint8Array): void {
    this.codes.push(unframed(frame).code);
    const output = emptyOutput();
    this[to].handle(this.streams[to].receive(frame, at(0)), at(0), output);
    this.carry(to === 'client' ? 'server' : 'client', output);
  }
}

/** The message layer, over it what seals, over that the request layer. */
class SealedEnd {
  readonly outbox: Uint8Array[] = [];
  readonly messages: MessageLayer;
  readonly end: End;
  private readonly deadlines = new Deadlines<Timer>();
  private readonly sealing: Sealing;

  constructor(answer: CoapResponse | undefined) {
    this.messages = new MessageLayer(this.deadlines, entropyOf(4), () => false);
    this.sealing = new Sealing(this.messages);
    this.end = new End(this.sealing, this.deadlines, answer);
  }

  receive(bytes: Uint8Array, now: Monotonic): void {
    const output = emptyOutput();
    const received = this.messages.receive(peer, 1, bytes, now, output);
    if (received !== undefined) this.end.handle(this.sealing.opened(received), now, output);
    this.take(output);
  }

  advance(now: Monotonic): void {
    const output = emptyOutput();
    for (const timer of this.deadlines.due(now))
      if (timer.kind === 'outgoing') this.messages.outgoing.due(timer, now, output);
    this.take(output);
  }

  take({ send }: CoapOutput): void {
    this.outbox.push(...send.map(({ bytes }) => bytes));
  }
}

function told({ events }: End): readonly (readonly [CoapEvent['kind'], Uint8Array | undefined])[] {
  return events.map((event) => {
    if (event.kind === 'request') return [event.kind, event.request.payload];
    return [event.kind, 'response' in event ? event.response.payload : undefined];
  });
}

const parameters: TransmissionParameters = { ...defaultParameters, ackRandomFactor: 1, blockBytes: 32 };
