/**
 * Bodies of records in deterministic CBOR (RFC 8949 section 4.2.1): the shortest heads, the shortest float that keeps the value,
 * keys in the order of their bytes. A notification writes two records, so this is written by hand; `cborg` reads, and says the
 * same in the tests.
 *
 * Everything goes into one memory that is used again and again.
 */
import { assert } from '../base/assert.ts';
import { utf8Encode } from '../base/bytes.ts';

const firstBytes = 4_096;

let memory = new Uint8Array(firstBytes);
let view = new DataView(memory.buffer);
let at = 0;

/**
 * The body after `before` bytes that are free for the caller. It is a view of the shared memory: to be copied before the next
 * call, and wiped when it was secret.
 */
export function writeBody(body: unknown, before: number): Uint8Array {
  at = before;
  item(body);
  return memory.subarray(0, at);
}

function item(value: unknown): void {
  switch (typeof value) {
    case 'number':
      return number(value);
    case 'string':
      return text(value);
    case 'boolean':
      return byte(value ? 0xf5 : 0xf4);
    case 'bigint':
      return long(value);
    case 'object':
      return structure(value);
    default:
      assert(false, 'nothing else can stand in a record');
  }
}

function structure(value: object | null): void {
  if (value === null) return byte(0xf6);
  if (value instanceof Uint8Array) return bytes(value);
  if (Array.isArray(value)) {
    head(4, value.length);
    for (const each of value) item(each);
  } else if (value instanceof Map) sortedMap(value);
  else plainObject(value as Readonly<Record<string, unknown>>);
}

/** Without what is undefined. Keys are sorted by length, then by code: that is their order as bytes, since all of ours are ASCII. */
function plainObject(value: Readonly<Record<string, unknown>>): void {
  let count = 0;
  let last = '';
  let isSorted = true;
  for (const key in value) {
    if (value[key] === undefined) continue;
    count++;
    isSorted &&= count === 1 || comesBefore(last, key);
    last = key;
  }
  head(5, count);
  if (isSorted) for (const key in value) entry(key, value[key]);
  else for (const key of sortedKeys(value)) entry(key, value[key]);
}

function sortedKeys(value: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(value).sort((a, b) => (comesBefore(a, b) ? -1 : 1));
}

function entry(key: string, value: unknown): void {
  if (value === undefined) return;
  text(key);
  item(value);
}

function comesBefore(a: string, b: string): boolean {
  return a.length === b.length ? a < b : a.length < b.length;
}

/** A Map may have keys of any kind: each entry is written, then they are put in the order of their keys' bytes. */
function sortedMap(value: ReadonlyMap<unknown, unknown>): void {
  head(5, value.size);
  const start = at;
  const entries = [...value].map(([key, held]) => {
    const from = at;
    item(key);
    const keyEnd = at;
    item(held);
    return { key: memory.slice(from, keyEnd), whole: memory.slice(from, at) };
  });
  at = start;
  entries.sort((a, b) => compare(a.key, b.key));
  for (const { whole } of entries) raw(whole);
}

function compare(a: Uint8Array, b: Uint8Array): number {
  for (let index = 0; index < a.length && index < b.length; index++)
    if (a[index] !== b[index]) return (a[index] as number) - (b[index] as number);
  return a.length - b.length;
}

function number(value: number): void {
  if (Number.isSafeInteger(value)) {
    if (value >= 0) head(0, value);
    else head(1, -1 - value);
  } else float(value);
}

function float(value: number): void {
  if (Number.isNaN(value) || !Number.isFinite(value)) {
    byte(0xf9);
    room(2);
    view.setUint16(at, Number.isNaN(value) ? 0x7e00 : value > 0 ? 0x7c00 : 0xfc00);
    at += 2;
    return;
  }
  room(9);
  if (Math.fround(value) !== value) {
    memory[at] = 0xfb;
    view.setFloat64(at + 1, value);
    at += 9;
    return;
  }
  view.setFloat32(at + 1, value);
  const half = halfOf(view.getUint32(at + 1));
  memory[at] = half === undefined ? 0xfa : 0xf9;
  if (half !== undefined) view.setUint16(at + 1, half);
  at += half === undefined ? 5 : 3;
}

/** A single-precision float as a half-precision one, if that keeps the value. */
function halfOf(single: number): number | undefined {
  const sign = (single >>> 16) & 0x8000;
  const exponent = ((single >>> 23) & 0xff) - 127;
  const mantissa = single & 0x7f_ffff;
  if (exponent > 15 || exponent < -24) return undefined;
  if (exponent >= -14) return mantissa & 0x1fff ? undefined : sign | ((exponent + 15) << 10) | (mantissa >>> 13);
  const lost = -1 - exponent;
  const whole = mantissa | 0x80_0000;
  return whole & ((1 << lost) - 1) ? undefined : sign | (whole >>> lost);
}

/** At most 64 bits. */
function long(value: bigint): void {
  assert(value >= -(2n ** 63n) && value < 2n ** 64n, 'a number in a record has at most 64 bits');
  const [major, argument] = value >= 0n ? [0, value] : [1, -1n - value];
  if (argument <= Number.MAX_SAFE_INTEGER) return head(major, Number(argument));
  room(9);
  memory[at] = (major << 5) | 27;
  view.setBigUint64(at + 1, argument);
  at += 9;
}

function text(value: string): void {
  const { length } = value;
  room(length + 5);
  const start = at;
  head(3, length);
  for (let index = 0; index < length; index++) {
    const code = value.charCodeAt(index);
    if (code > 127) {
      at = start;
      const encoded = utf8Encode(value);
      head(3, encoded.length);
      return raw(encoded);
    }
    memory[at++] = code;
  }
}

function bytes(value: Uint8Array): void {
  head(2, value.length);
  raw(value);
}

function raw(value: Uint8Array): void {
  room(value.length);
  memory.set(value, at);
  at += value.length;
}

function byte(value: number): void {
  room(1);
  memory[at++] = value;
}

/** The head of an item: major type 0 to 7 and its number, up to 2^53 - 1. */
function head(major: number, argument: number): void {
  room(9);
  const type = major << 5;
  if (argument < 24) memory[at++] = type | argument;
  else if (argument < 0x100) {
    memory[at++] = type | 24;
    memory[at++] = argument;
  } else if (argument < 0x1_0000) {
    memory[at] = type | 25;
    view.setUint16(at + 1, argument);
    at += 3;
  } else if (argument < 0x1_0000_0000) {
    memory[at] = type | 26;
    view.setUint32(at + 1, argument);
    at += 5;
  } else {
    memory[at] = type | 27;
    view.setUint32(at + 1, Math.floor(argument / 0x1_0000_0000));
    view.setUint32(at + 5, argument >>> 0);
    at += 9;
  }
}

function room(more: number): void {
  if (at + more <= memory.length) return;
  const larger = new Uint8Array(Math.max(2 * memory.length, at + more));
  larger.set(memory);
  memory = larger;
  view = new DataView(memory.buffer);
}
