/** The CoAP layer by itself: processor time of an exchange, in which its being remembered and forgotten again is included. */
import assert from 'node:assert/strict';
import { generate, parse } from 'coap-packet';
import type { Coap } from '../../src/coap/coap.ts';
import type { CoapOutput, ExchangeId, PeerId } from '../../src/coap/output.ts';
import { at, newCoap, type Wire, wire } from '../coap/coap-world.ts';
import type { Bench } from './bench.ts';
import { type Figure, inRounds, processorSecondsOf, scaled } from './measure.ts';
import { heapBytes } from './memory.ts';

const peersCount = 100;
const messageIds = 1_000;
/** Between two messages of one peer: what came before the 247 s of EXCHANGE_LIFETIME is forgotten meanwhile. */
const paceMs = 2_000;

const register: Omit<Wire, 'id'> = {
  code: '0.02',
  token: 'a1b2c3d4',
  options: [
    ['Uri-Path', 'rd'],
    ['Content-Format', 40],
    ['Uri-Query', 'ep=meter-17'],
    ['Uri-Query', 'lt=300'],
    ['Uri-Query', 'lwm2m=1.1'],
    ['Uri-Query', 'b=U'],
  ],
  payload: '</1/0>,</3/0>,</3303/0>',
};
const notification: Omit<Wire, 'id'> = {
  code: '2.05',
  token: '07',
  options: [
    ['Observe', 3],
    ['Content-Format', 0],
  ],
  payload: '22.5',
};

export const coapLayer: Bench = {
  name: 'coap',
  about: 'the CoAP layer, time of the processor for an exchange',
  async run({ size }): Promise<readonly Figure[]> {
    const count = scaled(size, 20_000, peersCount);
    const registers = new Conversation(register);
    const notifications = new Conversation(notification);
    return await inRounds(size, codecFloor(count), [
      { name: 'Register and its answer', unit: 'seconds', measure: () => registers.run(count, answer) },
      { name: 'notification and its ACK', unit: 'seconds', measure: () => notifications.run(count, acknowledge) },
      { name: 'a duplicate and the same answer', unit: 'seconds', measure: () => registers.repeat(count) },
      {
        name: 'heap, remembered Register',
        unit: 'bytes',
        measure: () => rememberedBytes(register, scaled(size, 20_000, peersCount), answer),
      },
      {
        name: 'heap, remembered notification',
        unit: 'bytes',
        measure: () => rememberedBytes(notification, scaled(size, 20_000, peersCount), acknowledge),
      },
    ]);
  },
};

type Decide = (coap: Coap, peer: PeerId, exchange: ExchangeId, nowMs: number) => CoapOutput;

const answer: Decide = (coap, peer, exchange, nowMs) =>
  coap.respond(peer, exchange, { code: '2.01', locationPath: ['rd', '0a1b2c3d'] }, at(nowMs));
const acknowledge: Decide = (coap, peer, exchange) => coap.acknowledge(peer, exchange);

/** Many peers that say the same thing in turn, each with message IDs that rise. */
class Conversation {
  private readonly coap = newCoap();
  private readonly peers = peersOf(this.coap);
  private readonly datagrams: readonly Uint8Array[];
  private said = 0;

  constructor(message: Omit<Wire, 'id'>) {
    this.datagrams = Array.from({ length: messageIds }, (_, id) => wire({ ...message, id }));
  }

  run(count: number, decide: Decide): number {
    return processorSecondsOf(count, () => {
      const nowMs = (this.said * paceMs) / peersCount;
      this.coap.advance(at(nowMs));
      const { peer, bytes } = this.at(this.said++);
      const { events } = this.coap.receive(peer, 1, bytes, at(nowMs));
      const [event] = events;
      assert.ok(event !== undefined && 'exchange' in event);
      assert.equal(decide(this.coap, peer, event.exchange, nowMs).send.length, 1);
    });
  }

  /** What was said last, once more. */
  repeat(count: number): number {
    const nowMs = at((this.said * paceMs) / peersCount);
    return processorSecondsOf(count, (index) => {
      const { peer, bytes } = this.at(this.said - 1 - (index % peersCount));
      assert.equal(this.coap.receive(peer, 1, bytes, nowMs).send.length, 1);
    });
  }

  private at(index: number): { peer: PeerId; bytes: Uint8Array } {
    const peer = this.peers[index % peersCount];
    const bytes = this.datagrams[Math.floor(index / peersCount) % messageIds];
    assert.ok(peer !== undefined && bytes !== undefined);
    return { peer, bytes };
  }
}

function peersOf(coap: Coap): readonly PeerId[] {
  const peers = Array.from({ length: peersCount }, (_, index) => `field/device-${index}` as PeerId);
  const request = { method: 'GET', path: ['3303', '0', '5700'], observe: 0 } as const;
  for (const peer of peers) coap.restoreObservation(peer, { token: Uint8Array.of(7), request }, at(0));
  return peers;
}

function rememberedBytes(message: Omit<Wire, 'id'>, count: number, decide: Decide): number {
  const coap = newCoap();
  const peers = peersOf(coap);
  const before = heapBytes();
  for (let index = 0; index < count; index++) {
    const peer = peers[index % peersCount] as PeerId;
    // Each in bytes of its own, as they come from a socket.
    const bytes = wire({ ...message, id: Math.floor(index / peersCount) });
    const [event] = coap.receive(peer, 1, bytes, at(0)).events;
    assert.ok(event !== undefined && 'exchange' in event);
    decide(coap, peer, event.exchange, 0);
  }
  const bytes = (heapBytes() - before) / count;
  assert.equal(coap.statistics().exchangesRemembered, count);
  return bytes;
}

function codecFloor(count: number): { name: string; measure: () => number } {
  const bytes = Buffer.from(wire({ ...register, id: 1 }));
  const exchange = (): void => {
    const { messageId, token } = parse(bytes);
    generate({ code: '2.01', ack: true, messageId, token });
  };
  return { name: 'coap-packet reads one, writes one', measure: () => processorSecondsOf(count, exchange) };
}
