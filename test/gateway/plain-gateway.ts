/**
 * The real gateway with one listener without DTLS, over a store in memory that takes or refuses: devices are a few lines of
 * coap-packet, and time passes when a test says so.
 */
import assert from 'node:assert/strict';
import { generate, type Packet, type ParsedPacket, parse } from 'coap-packet';
import { type Address, address, type ListenerName } from '../../src/base/address.ts';
import type { Monotonic, Now, Wall } from '../../src/base/instants.ts';
import type { CommitId, StoredRecord } from '../../src/commit/commit.ts';
import type { Gateway, Outcome } from '../../src/gateway/contract.ts';
import type { GatewayEvent } from '../../src/gateway/events.ts';
import { createGateway } from '../../src/gateway/gateway.ts';
import type { OperatorAction, OperatorAnswer } from '../../src/gateway/operator.ts';
import type { Answer, Query } from '../../src/gateway/views.ts';
import type { ResourcePath } from '../../src/lwm2m/path.ts';
import { generator, makeEngine } from '../mbedtls-wasm/pair.ts';

const listener = 'plain' as ListenerName;

export class PlainGateway {
  /** What has been told since the beginning. */
  readonly events: GatewayEvent[] = [];
  /** Commits stay pending while it is false. */
  storing = true;
  nowMs = 1_000;
  readonly records = new Map<string, Uint8Array>();
  private readonly gateway: Gateway;
  private readonly sent: { to: Address; packet: ParsedPacket }[] = [];
  private newest: CommitId | undefined;

  readonly bootedAtWallMs: number | undefined;

  /** `bootedAtWallMs`: the trusted wall time when `nowMs` was 0; without it no clock is trusted. */
  constructor(kept: ReadonlyMap<string, Uint8Array> = new Map(), generation = 1, bootedAtWallMs?: number) {
    this.bootedAtWallMs = bootedAtWallMs;
    const next = generator(7 + generation);
    this.gateway = createGateway({
      configuration: { listeners: [{ name: listener, security: 'none' }] },
      engine: makeEngine(8, { monotonicMs: 0, wallMs: 0 }),
      entropy: (into) => {
        for (let i = 0; i < into.length; i++) into[i] = next() * 256;
      },
      aead: { seal: (plaintext) => plaintext, open: (sealed) => sealed },
    });
    const chunk: StoredRecord[] = Array.from(kept, ([key, value]) => ({ key, value }));
    for (const { key, value } of chunk) this.records.set(key, value);
    this.gateway.restore(chunk, this.now());
    this.take(this.gateway.restored(generation, generation === 1 ? 'first' : 'unclean', this.now()));
    this.take(this.gateway.readOn(true, this.now()));
  }

  /** A message of the device at this port; returns what the gateway sends there because of it. */
  receive(port: number, packet: Packet): ParsedPacket[] {
    const from = deviceAt(port);
    const bytes = new Uint8Array(generate(packet));
    const earlier = this.sent.splice(0);
    this.take(this.gateway.receive({ kind: 'datagram', listener, from, bytes }, this.now()));
    const answers = this.takeSent(port);
    this.sent.unshift(...earlier);
    return answers;
  }

  /** What was sent to the device at this port and not taken yet. */
  takeSent(port: number): ParsedPacket[] {
    const to = deviceAt(port);
    const found = this.sent.filter((datagram) => datagram.to === to);
    for (const datagram of found) this.sent.splice(this.sent.indexOf(datagram), 1);
    return found.map(({ packet }) => packet);
  }

  ask(action: OperatorAction): OperatorAnswer | undefined {
    const before = this.events.length;
    this.take(this.gateway.receive({ kind: 'operator', request: { id: 1, account: 'test', action } }, this.now()));
    const event = this.events.slice(before).find((one) => one.kind === 'answer');
    return event?.kind === 'answer' ? event.answer : undefined;
  }

  /** Lets time pass; every deadline is met when it is due. */
  pass(forMs: number): void {
    const untilMs = this.nowMs + forMs;
    for (let at = this.gateway.nextDeadline()?.at; at !== undefined && at <= untilMs; ) {
      this.nowMs = Math.max(this.nowMs, at);
      this.take(this.gateway.advance(this.now()));
      at = this.gateway.nextDeadline()?.at;
    }
    this.nowMs = untilMs;
  }

  /** What waits becomes durable. */
  store(): void {
    this.storing = true;
    const upTo = this.newest;
    this.newest = undefined;
    if (upTo !== undefined) this.take(this.gateway.committed(upTo, this.now()));
  }

  /** The store refuses writes from now on. */
  refuse(): void {
    this.storing = false;
    this.take(this.gateway.storeState('full', this.now()));
  }

  /** A clean stop: the last of its life. */
  stop(): void {
    this.take(this.gateway.stop(this.now()));
  }

  inspect(query: Query): Answer {
    return this.gateway.inspect(query, this.now());
  }

  private take(outcome: Outcome): void {
    this.events.push(...outcome.events);
    for (const { to, bytes } of outcome.send) this.sent.push({ to, packet: parse(Buffer.from(bytes)) });
    for (const { class: commitClass, id, writes } of outcome.commits) {
      for (const { key, value } of writes) {
        if (value === undefined) this.records.delete(key);
        else this.records.set(key, value);
      }
      if (commitClass === 'before-ack') this.newest = id;
    }
    if (this.storing) this.store();
  }

  private now(): Now {
    const { bootedAtWallMs, nowMs } = this;
    const wall = bootedAtWallMs === undefined ? 0 : bootedAtWallMs + nowMs;
    return { monotonic: nowMs as Monotonic, wall: wall as Wall, wallTrusted: bootedAtWallMs !== undefined };
  }
}

/** A gateway whose device `meter` at this port is observed, and the token of that. */
export function observedGateway(port: number): { gateway: PlainGateway; token: Buffer } {
  const gateway = new PlainGateway();
  gateway.receive(port, register('meter'));
  gateway.ask({ kind: 'observe', endpoint: 'meter', path: '/3300/0/5700' as ResourcePath });
  const [request] = gateway.takeSent(port);
  assert.ok(request);
  gateway.receive(port, answerTo(request, 1));
  return { gateway, token: request.token };
}

let lastMessageId = 0;

export function register(name: string, ...query: string[]): Packet {
  const texts = [`ep=${name}`, 'lt=3600', 'lwm2m=1.1', ...query];
  const options = [
    { name: 'Uri-Path' as const, value: Buffer.from('rd') },
    { name: 'Content-Format' as const, value: Buffer.from([40]) },
    ...texts.map((text) => ({ name: 'Uri-Query' as const, value: Buffer.from(text) })),
  ];
  return confirmable({ code: '0.02', options, payload: Buffer.from('</1/0>,</3/0>,</3300/0>') });
}

/** Update (POST) or De-register (DELETE) at a location. */
export function atLocation(method: 'POST' | 'DELETE', location: readonly string[]): Packet {
  const options = location.map((segment) => ({ name: 'Uri-Path' as const, value: Buffer.from(segment) }));
  return confirmable({ code: method === 'POST' ? '0.02' : '0.04', options });
}

/** A fresh confirmable message with a token. */
export function confirmable(packet: Packet): Packet {
  const messageId = ++lastMessageId & 0xffff;
  return { token: Buffer.from([messageId >> 8, messageId & 0xff]), ...packet, confirmable: true, messageId };
}

/** The answer to a request of the gateway; an `observe` makes it the first of an observation. */
export function answerTo(request: ParsedPacket, observe?: number): Packet {
  const { messageId, token } = request;
  const format = { name: 'Content-Format' as const, value: Buffer.from([0]) };
  const options =
    observe === undefined ? [format] : [{ name: 'Observe' as const, value: Buffer.from([observe]) }, format];
  return { code: '2.05', ack: true, messageId, token, options, payload: Buffer.from('21.5') };
}

export function locationOf(answers: readonly ParsedPacket[]): string[] {
  const created = answers.find(({ code }) => code === '2.01');
  return (created?.options ?? []).filter(({ name }) => name === 'Location-Path').map(({ value }) => String(value));
}

function deviceAt(port: number): Address {
  return address('192.0.2.1', port);
}
