/** Helpers for the tests of the CoAP layer: chance with a seed, a clock to set, and a peer written byte by byte with coap-packet. */
import { generate, parse } from 'coap-packet';
import type { Monotonic } from '../../src/base/instants.ts';
import { Coap, type CoapConfiguration } from '../../src/coap/coap.ts';
import type { CoapEvent, CoapOutput, CoapSend, PeerId } from '../../src/coap/output.ts';
import type { RequestHead } from '../../src/coap/request.ts';

export const peer = 'field/device' as PeerId;
export const otherPeer = 'field/other' as PeerId;

export function at(milliseconds: number): Monotonic {
  return milliseconds as Monotonic;
}

/** Reproducible chance (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function entropyOf(seed: number): (into: Uint8Array) => void {
  const next = chance(seed);
  return (into) => {
    for (let i = 0; i < into.length; i++) into[i] = Math.floor(next() * 256);
  };
}

export function isRegister({ method, path }: RequestHead): boolean {
  return method === 'POST' && path.length === 1 && path[0] === 'rd';
}

/** A layer whose first timeouts are exactly 2 s. */
export function newCoap(configuration: Partial<CoapConfiguration> = {}): Coap {
  return new Coap({
    entropy: entropyOf(1),
    parameters: { ackRandomFactor: 1 },
    startsAnew: isRegister,
    ...configuration,
  });
}

export interface Wire {
  readonly type?: 'CON' | 'NON' | 'ACK' | 'RST';
  readonly code?: string;
  readonly id: number;
  readonly token?: string;
  readonly options?: readonly (readonly [number | string, string | Uint8Array | number])[];
  readonly payload?: string | Uint8Array;
}

/** A datagram of the peer: options by number or name, text, bytes or integers as values; the token in hex. */
export function wire({ type = 'CON', code = '0.00', id, token = '', options = [], payload = '' }: Wire): Uint8Array {
  const bytes = generate(
    {
      code,
      messageId: id,
      confirmable: type === 'CON',
      ack: type === 'ACK',
      reset: type === 'RST',
      token: Buffer.from(token, 'hex'),
      options: options.map(([name, value]) => ({ name, value: optionBytes(value) })),
      payload: Buffer.from(payload as string),
    },
    4096,
  );
  return new Uint8Array(bytes);
}

/** What was sent, as the peer reads it. */
export interface Read {
  readonly type: 'CON' | 'NON' | 'ACK' | 'RST';
  readonly code: string;
  readonly id: number;
  readonly token: string;
  readonly options: readonly (readonly [string, string])[];
  readonly payload: string;
}

export function read(bytes: Uint8Array): Read {
  const packet = parse(Buffer.from(bytes));
  const type = packet.confirmable ? 'CON' : packet.ack ? 'ACK' : packet.reset ? 'RST' : 'NON';
  return {
    type,
    code: packet.code,
    id: packet.messageId,
    token: packet.token.toString('hex'),
    options: packet.options.map(({ name, value }) => [String(name), value.toString('hex')]),
    payload: packet.payload.toString('latin1'),
  };
}

/** One line a datagram: `ACK 2.04 id=7 token=aa`, options and payload left out. */
export function lines(output: CoapOutput): string[] {
  return output.send.map(lineOf);
}

export function lineOf({ bytes }: CoapSend): string {
  const { type, code, id, token } = read(bytes);
  return `${type} ${code} ${id}${token === '' ? '' : ` ${token}`}`;
}

export function reasons(output: CoapOutput): string[] {
  return output.drops.map((drop) => drop.reason);
}

/** The one event of an output, of the kind that is expected. */
export function only<Kind extends CoapEvent['kind']>(
  output: CoapOutput,
  kind: Kind,
): Extract<CoapEvent, { kind: Kind }> {
  const kinds = output.events.map((event) => event.kind);
  if (kinds.length !== 1 || kinds[0] !== kind) throw new Error(`expected one ${kind}, got [${kinds.join(', ')}]`);
  return output.events[0] as Extract<CoapEvent, { kind: Kind }>;
}

/** The one datagram of an output. */
export function sent(output: CoapOutput): Read {
  const first = output.send[0];
  if (output.send.length !== 1 || first === undefined)
    throw new Error(`expected one datagram, got [${lines(output).join(', ')}]`);
  return read(first.bytes);
}

function optionBytes(value: string | Uint8Array | number): Buffer {
  if (typeof value !== 'number') return Buffer.from(value as string);
  const bytes: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from(bytes);
}

/** The value of a Block option. */
export function block(number: number, more: boolean, size: number): number {
  return number * 16 + (more ? 8 : 0) + Math.log2(size) - 4;
}
