/**
 * Reads what `cbor-writer.ts` writes, and nothing else: definite lengths, heads in their shortest form, no tags, no key twice.
 * A start reads hundreds of thousands of bodies, so this is written by hand; the tests set it beside `cborg`.
 */
import { utf8Text } from '../base/bytes.ts';

/** Why bytes are no body. Thrown and caught within this file's caller: it says no more than that they are malformed. */
export class Malformed extends Error {}

/** Nothing of ours is nearly as deep. */
const depthMax = 64;
const shortBytes = 256;
/** Longer texts that are added up character by character keep every part. */
const flatCharacters = 12;
const characters = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));

/** The value of a whole body; maps come back as Maps. Bytes in it are copies. Throws `Malformed`. */
export function readBody(bytes: Uint8Array): unknown {
  const reader = new Reader(bytes);
  const value = reader.item(0);
  if (!reader.isAtEnd) throw new Malformed();
  return value;
}

/** The same without any entry of this name, however deep: it is stepped over, and not looked at closely. Throws `Malformed`. */
export function readBodyWithout(bytes: Uint8Array, name: string): unknown {
  const reader = new Reader(bytes, name);
  const value = reader.item(0);
  if (!reader.isAtEnd) throw new Malformed();
  return value;
}

/** Only these entries of the map that a body is; the others are stepped over, and not looked at closely. Throws `Malformed`. */
export function readEntries(bytes: Uint8Array, names: readonly string[]): ReadonlyMap<unknown, unknown> {
  return new Reader(bytes).entries(names);
}

class Reader {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly omitted: string | undefined;
  private at = 0;

  constructor(bytes: Uint8Array, omitted?: string) {
    this.bytes = bytes;
    this.omitted = omitted;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }

  item(depth: number): unknown {
    const first = this.byte();
    const major = first >> 5;
    if (major === 7) return this.simple(first & 31);
    const argument = this.argument(first & 31);
    if (major < 2) return integer(major, argument);
    if (typeof argument === 'bigint' || depth > depthMax) throw new Malformed();
    if (major === 2) return new Uint8Array(this.taken(argument));
    if (major === 3) return this.text(argument);
    if (major === 4) return this.list(argument, depth + 1);
    if (major === 5) return this.map(argument, depth + 1);
    throw new Malformed();
  }

  entries(names: readonly string[]): Map<unknown, unknown> {
    const first = this.byte();
    const length = this.argument(first & 31);
    if (first >> 5 !== 5 || typeof length === 'bigint') throw new Malformed();
    const found = new Map<unknown, unknown>();
    for (let index = 0; index < length && found.size < names.length; index++) {
      const key = this.item(1);
      if (names.includes(key as string)) found.set(key, this.item(1));
      else this.skip(1);
    }
    return found;
  }

  private skip(depth: number): void {
    const first = this.byte();
    const major = first >> 5;
    if (major === 7) return void this.simple(first & 31);
    const argument = this.argument(first & 31);
    if (major < 2) return;
    if (typeof argument === 'bigint' || major === 6 || depth > depthMax) throw new Malformed();
    if (major < 4) return void this.passed(argument);
    const items = major === 4 ? argument : 2 * argument;
    this.mayHold(items);
    for (let index = 0; index < items; index++) this.skip(depth + 1);
  }

  private text(length: number): string {
    const { bytes, at } = this;
    if (length <= flatCharacters && at + length <= bytes.length) {
      let text = '';
      let isAscii = true;
      for (let index = at; index < at + length; index++) {
        const code = bytes[index] as number;
        isAscii &&= code < 128;
        text += characters[code];
      }
      if (isAscii) {
        this.at += length;
        return text;
      }
    }
    const encoded = this.taken(length);
    return length > shortBytes || !isAscii(encoded) ? utf8Text(encoded) : textOf(encoded);
  }

  private list(length: number, depth: number): unknown[] {
    this.mayHold(length);
    const items: unknown[] = [];
    for (let index = 0; index < length; index++) items.push(this.item(depth));
    return items;
  }

  private map(length: number, depth: number): Map<unknown, unknown> {
    this.mayHold(2 * length);
    const map = new Map<unknown, unknown>();
    for (let index = 0; index < length; index++) {
      const key = this.item(depth);
      if (map.has(key)) throw new Malformed();
      if (this.omitted !== undefined && key === this.omitted) this.skip(depth);
      else map.set(key, this.item(depth));
    }
    return map;
  }

  private simple(info: number): unknown {
    switch (info) {
      case 20:
        return false;
      case 21:
        return true;
      case 22:
        return null;
      case 25:
        return half(this.view.getUint16(this.passed(2)));
      case 26:
        return this.view.getFloat32(this.passed(4));
      case 27:
        return this.view.getFloat64(this.passed(8));
      default:
        throw new Malformed();
    }
  }

  /** The number of a head; a bigint when it is above 2^53 - 1. */
  private argument(info: number): number | bigint {
    if (info < 24) return info;
    if (info === 24) return atLeast(this.byte(), 24);
    if (info === 25) return atLeast(this.byte() * 0x100 + this.byte(), 0x100);
    if (info === 26) return atLeast(this.view.getUint32(this.passed(4)), 0x1_0000);
    if (info !== 27) throw new Malformed();
    const long = this.view.getBigUint64(this.passed(8));
    if (long < 0x1_0000_0000n) throw new Malformed();
    return long <= Number.MAX_SAFE_INTEGER ? Number(long) : long;
  }

  private byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new Malformed();
    return byte;
  }

  private taken(length: number): Uint8Array {
    const at = this.passed(length);
    return this.bytes.subarray(at, at + length);
  }

  /** Steps over so many bytes; where they begin. */
  private passed(length: number): number {
    this.mayHold(length);
    this.at += length;
    return this.at - length;
  }

  /** Each item is a byte at least: a length that is not there reserves nothing. */
  private mayHold(length: number): void {
    if (length > this.bytes.length - this.at) throw new Malformed();
  }
}

function isAscii(bytes: Uint8Array): boolean {
  for (let index = 0; index < bytes.length; index++) if ((bytes[index] as number) > 127) return false;
  return true;
}

function textOf(bytes: Uint8Array): string {
  return String.fromCharCode.apply(undefined, bytes as unknown as number[]);
}

function atLeast(value: number, least: number): number {
  if (value < least) throw new Malformed();
  return value;
}

function integer(major: number, argument: number | bigint): number | bigint {
  if (major === 0) return argument;
  if (typeof argument === 'bigint' || argument === Number.MAX_SAFE_INTEGER) return -1n - BigInt(argument);
  return -1 - argument;
}

function half(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const mantissa = bits & 0x3ff;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + mantissa / 1_024) * 2 ** (exponent - 15);
}
