/**
 * A strict CBOR decoder (RFC 8949), of our own rather than `cborg`: what we need is the wire's own distinction between 100 and
 * 100.0 (an untyped resource has no other type), tags 0, 1 and 4, every well-formed but not preferred form, a bound on depth and
 * items for bytes that come from the network, and an answer instead of an exception.
 *
 * Limits: `formatDepthMax` levels, `formatItemsMax` items; a claimed length allocates nothing before its bytes are there.
 */
import { concat, utf8Decode } from '../../base/bytes.ts';
import { limits } from '../../base/limits.ts';
import { type FormatError, formatError, isFormatError } from '../format-error.ts';

export type CborItem =
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'bytes'; readonly value: Uint8Array }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'array'; readonly items: readonly CborItem[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [CborItem, CborItem])[] }
  | { readonly kind: 'tag'; readonly tag: bigint; readonly item: CborItem }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' }
  | { readonly kind: 'undefined' };

interface Reader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at: number;
  itemsLeft: number;
}

interface Head {
  readonly major: number;
  readonly info: number;
  /** The number in or after the head byte; undefined for the indefinite form. */
  readonly argument: bigint | undefined;
}

const indefinite = 31;
const breakByte = 0xff;
const truncated = formatError('truncated', 'the CBOR ends in the middle of an item');
const malformed = formatError('syntax', 'the CBOR is not well-formed');

/** The one item of `bytes`; anything after it is an error. */
export function readCbor(bytes: Uint8Array): CborItem | FormatError {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const reader: Reader = { bytes, view, at: 0, itemsLeft: limits.formatItemsMax };
  const item = readItem(reader, 0);
  if (isFormatError(item) || reader.at === bytes.length) return item;
  return formatError('trailing', `${bytes.length - reader.at} bytes follow the CBOR item`);
}

function readItem(reader: Reader, depth: number): CborItem | FormatError {
  if (depth >= limits.formatDepthMax)
    return formatError('depth', `the CBOR is nested deeper than ${limits.formatDepthMax}`);
  if (reader.itemsLeft-- <= 0) return formatError('too-many-entries', 'the CBOR has too many items');
  const head = readHead(reader);
  if (isFormatError(head)) return head;
  switch (head.major) {
    case 0:
      return head.argument === undefined ? malformed : { kind: 'integer', value: head.argument };
    case 1:
      return head.argument === undefined ? malformed : { kind: 'integer', value: -1n - head.argument };
    case 2:
    case 3:
      return readString(reader, head);
    case 4:
      return readArray(reader, head, depth);
    case 5:
      return readMap(reader, head, depth);
    case 6:
      return readTag(reader, head, depth);
    default:
      return readSimple(reader, head);
  }
}

function readHead(reader: Reader): Head | FormatError {
  const first = reader.bytes[reader.at];
  if (first === undefined) return truncated;
  reader.at++;
  const major = first >> 5;
  const info = first & 0x1f;
  if (info < 24) return { major, info, argument: BigInt(info) };
  if (info === indefinite) return { major, info, argument: undefined };
  if (info > 27) return malformed;
  const length = 1 << (info - 24);
  if (reader.at + length > reader.bytes.length) return truncated;
  const argument =
    length === 8
      ? reader.view.getBigUint64(reader.at)
      : BigInt(
          length === 4
            ? reader.view.getUint32(reader.at)
            : length === 2
              ? reader.view.getUint16(reader.at)
              : reader.view.getUint8(reader.at),
        );
  reader.at += length;
  return { major, info, argument };
}

function readString(reader: Reader, head: Head): CborItem | FormatError {
  const bytes = head.argument === undefined ? readChunks(reader, head.major) : take(reader, head.argument);
  if (isFormatError(bytes)) return bytes;
  if (head.major === 2) return { kind: 'bytes', value: bytes };
  const text = utf8Decode(bytes);
  return text === undefined ? formatError('utf8', 'a CBOR text is not UTF-8') : { kind: 'text', value: text };
}

function readChunks(reader: Reader, major: number): Uint8Array | FormatError {
  const chunks: Uint8Array[] = [];
  while (!takeBreak(reader)) {
    if (chunks.length >= limits.formatEntriesMax)
      return formatError('too-many-entries', 'a CBOR string has too many chunks');
    const head = readHead(reader);
    if (isFormatError(head)) return head;
    if (head.major !== major || head.argument === undefined) return malformed;
    const chunk = take(reader, head.argument);
    if (isFormatError(chunk)) return chunk;
    chunks.push(chunk);
  }
  return concat(...chunks);
}

function take(reader: Reader, length: bigint): Uint8Array | FormatError {
  if (length > BigInt(reader.bytes.length - reader.at)) return truncated;
  const start = reader.at;
  reader.at += Number(length);
  return reader.bytes.subarray(start, reader.at);
}

function readArray(reader: Reader, head: Head, depth: number): CborItem | FormatError {
  const items = readItems(reader, head.argument, depth);
  return isFormatError(items) ? items : { kind: 'array', items };
}

function readMap(reader: Reader, head: Head, depth: number): CborItem | FormatError {
  const items = readItems(reader, head.argument === undefined ? undefined : head.argument * 2n, depth);
  if (isFormatError(items)) return items;
  if (items.length % 2 !== 0) return malformed;
  const entries: [CborItem, CborItem][] = [];
  for (let i = 0; i < items.length; i += 2) entries.push([items[i] as CborItem, items[i + 1] as CborItem]);
  return { kind: 'map', entries };
}

/** `count` items, or those up to the break. An item has a byte at least, so a count beyond the rest is a truncated payload. */
function readItems(reader: Reader, count: bigint | undefined, depth: number): CborItem[] | FormatError {
  if (count !== undefined && count > BigInt(reader.bytes.length - reader.at)) return truncated;
  const items: CborItem[] = [];
  while (count === undefined ? !takeBreak(reader) : items.length < Number(count)) {
    const item = readItem(reader, depth + 1);
    if (isFormatError(item)) return item;
    items.push(item);
  }
  return items;
}

function readTag(reader: Reader, head: Head, depth: number): CborItem | FormatError {
  if (head.argument === undefined) return malformed;
  const item = readItem(reader, depth + 1);
  return isFormatError(item) ? item : { kind: 'tag', tag: head.argument, item };
}

function readSimple(reader: Reader, { info }: Head): CborItem | FormatError {
  switch (info) {
    case 20:
    case 21:
      return { kind: 'boolean', value: info === 21 };
    case 22:
      return { kind: 'null' };
    case 23:
      return { kind: 'undefined' };
    case 25:
      return { kind: 'float', value: halfPrecision(reader.view.getUint16(reader.at - 2)) };
    case 26:
      return { kind: 'float', value: reader.view.getFloat32(reader.at - 4) };
    case 27:
      return { kind: 'float', value: reader.view.getFloat64(reader.at - 8) };
    default:
      return malformed;
  }
}

/** IEEE 754 half precision: 1 sign bit, 5 of exponent, 10 of fraction. */
function halfPrecision(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

function takeBreak(reader: Reader): boolean {
  if (reader.bytes[reader.at] !== breakByte) return false;
  reader.at++;
  return true;
}
