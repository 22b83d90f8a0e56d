/**
 * The elements of OMA TLV (LwM2M 1.2 core 7.4.5): type byte, identifier of 1 or 2 bytes, length of 0 to 3 bytes, value; all
 * big-endian. Longer identifiers and lengths than needed are read, never written.
 *
 * Limits: a length is compared with what is left in its parent, so a claim allocates nothing; `formatEntriesMax` elements a level.
 */
import { concat } from '../../base/bytes.ts';
import { limits } from '../../base/limits.ts';
import { type FormatError, formatError } from '../format-error.ts';
import { identifierMax } from '../path.ts';

/** The values of bits 7 and 6 of the type byte. */
export const tlvKinds = ['instance', 'resource-instance', 'multiple-resource', 'resource'] as const;
export type TlvKind = (typeof tlvKinds)[number];

export interface TlvElement {
  readonly kind: TlvKind;
  readonly id: number;
  readonly value: Uint8Array;
}

/** The elements of one level, each with its bytes. The same kind and identifier twice is an error. */
export function readTlvLevel(bytes: Uint8Array): TlvElement[] | FormatError {
  const elements: TlvElement[] = [];
  const seen = new Set<number>();
  let at = 0;
  while (at < bytes.length) {
    const header = readHeader(bytes, at);
    if (header === undefined || header.end > bytes.length)
      return formatError('truncated', `the element at ${at} is cut off`);
    if (header.id > identifierMax) return formatError('reserved-id', '65535 is reserved');
    const key = isResource(header.kind) ? header.id : header.id + 65_536;
    if (seen.has(key)) return formatError('duplicate', `identifier ${header.id} stands twice on one level`);
    if (elements.length >= limits.formatEntriesMax) return formatError('too-many-entries', 'too many TLV elements');
    seen.add(key);
    elements.push({ kind: header.kind, id: header.id, value: bytes.subarray(header.start, header.end) });
    at = header.end;
  }
  return elements;
}

/** The bytes of one element, in the shortest form. */
export function writeTlvElement(kind: TlvKind, id: number, value: Uint8Array): Uint8Array | FormatError {
  const length = value.length;
  if (length > 0xff_ffff) return formatError('too-long', 'a TLV value has 16,777,215 bytes at most');
  const lengthBytes = length < 8 ? 0 : length < 0x100 ? 1 : length < 0x1_0000 ? 2 : 3;
  const type =
    (tlvKinds.indexOf(kind) << 6) | (id > 0xff ? 0x20 : 0) | (lengthBytes << 3) | (lengthBytes === 0 ? length : 0);
  const header = [type];
  if (id > 0xff) header.push(id >> 8);
  header.push(id & 0xff);
  for (let shift = (lengthBytes - 1) * 8; shift >= 0; shift -= 8) header.push((length >> shift) & 0xff);
  return concat(Uint8Array.from(header), value);
}

interface Header {
  readonly kind: TlvKind;
  readonly id: number;
  readonly start: number;
  readonly end: number;
}

function readHeader(bytes: Uint8Array, at: number): Header | undefined {
  const type = bytes[at] as number;
  const idBytes = type & 0x20 ? 2 : 1;
  const lengthBytes = (type >> 3) & 3;
  const start = at + 1 + idBytes + lengthBytes;
  if (start > bytes.length) return undefined;
  const id = bigEndian(bytes, at + 1, idBytes);
  const length = lengthBytes === 0 ? type & 7 : bigEndian(bytes, at + 1 + idBytes, lengthBytes);
  return { kind: tlvKinds[type >> 6] as TlvKind, id, start, end: start + length };
}

function bigEndian(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) value = value * 256 + (bytes[i] as number);
  return value;
}

function isResource(kind: TlvKind): boolean {
  return kind === 'resource' || kind === 'multiple-resource';
}
