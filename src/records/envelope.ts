/**
 * The envelope of every kept value: one version byte, a CRC-32 (four bytes, big-endian), a body in CBOR (RFC 8949).
 *
 *   version | crc32(key, version, body) | body
 *
 * The key is under the checksum: a value that turns up under another key is found. Bodies are built of text, numbers,
 * bigints of at most 64 bits, booleans, null, `Uint8Array`, arrays, Maps and plain objects; they come back with Maps. The
 * encoding is deterministic (RFC 8949 section 4.2.1, keys sorted), so equal bodies give equal bytes.
 */
import { assert } from '../base/assert.ts';
import { wipe } from '../base/bytes.ts';
import { crc32, crc32OfByte, crc32OfText } from '../base/crc32.ts';
import { Malformed, readBody, readBodyWithout, readEntries } from './cbor-reader.ts';
import { writeBody } from './cbor-writer.ts';
import type { Piece, Slabs } from './slab.ts';

/** `checksum`: the bytes are not what was written under this key. `version`: this program does not know the version. */
export type RecordError = 'checksum' | 'version' | 'malformed';

export interface Decoded {
  readonly version: number;
  readonly body: unknown;
}

export interface Undecodable {
  readonly error: RecordError;
}

const headerBytes = 5;

/** The value to keep under `key`. Versions run from 1 to 255; 0 is never written. */
export function encodeRecord(key: string, version: number, body: unknown): Uint8Array {
  return headed(key, version, writeBody(body, headerBytes)).slice();
}

/** The same in a slab: what is held for long, beside its like. */
export function encodeInSlab(slabs: Slabs, key: string, version: number, body: unknown): Piece {
  return slabs.add(headed(key, version, writeBody(body, headerBytes)));
}

/** What `encodeRecord` was given, or why not. Total: any bytes may be handed in. */
export function decodeRecord(key: string, bytes: Uint8Array): Decoded | Undecodable {
  const unwrapped = unwrap(key, bytes);
  return 'error' in unwrapped ? unwrapped : decodeBody(unwrapped.version, unwrapped.payload);
}

/** The same of a few entries of a body that is a map: the rest is only known to be as it was written. */
export function decodeEntries(key: string, bytes: Uint8Array, names: readonly string[]): Decoded | Undecodable {
  const unwrapped = unwrap(key, bytes);
  if ('error' in unwrapped) return unwrapped;
  return decoded(unwrapped.version, () => readEntries(unwrapped.payload, names));
}

/** The same of a body without the entries of this name. */
export function decodeWithout(key: string, bytes: Uint8Array, name: string): Decoded | Undecodable {
  const unwrapped = unwrap(key, bytes);
  if ('error' in unwrapped) return unwrapped;
  return decoded(unwrapped.version, () => readBodyWithout(unwrapped.payload, name));
}

/** Puts version and checksum before the payload. */
export function wrap(key: string, version: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(headerBytes + payload.length);
  bytes.set(payload, headerBytes);
  return headed(key, version, bytes);
}

/** The version and the payload of a wrapped value whose checksum holds. */
export function unwrap(key: string, bytes: Uint8Array): { version: number; payload: Uint8Array } | Undecodable {
  const version = bytes[0];
  if (version === undefined || bytes.length <= headerBytes) return { error: 'malformed' };
  const payload = bytes.subarray(headerBytes);
  const stored = word(bytes[1], bytes[2], bytes[3], bytes[4]);
  if (stored !== checksum(key, version, payload)) return { error: 'checksum' };
  return version === 0 ? { error: 'version' } : { version, payload };
}

/** By itself, for what is sealed: nothing of it stays behind. */
export function encodeBody(body: unknown): Uint8Array {
  const shared = writeBody(body, 0);
  const bytes = shared.slice();
  wipe(shared);
  return bytes;
}

export function decodeBody(version: number, payload: Uint8Array): Decoded | Undecodable {
  return decoded(version, () => readBody(payload));
}

function decoded(version: number, read: () => unknown): Decoded | Undecodable {
  try {
    return { version, body: read() };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { error: 'malformed' };
  }
}

/** Fills in the header of a value whose payload stands in its place. */
function headed(key: string, version: number, bytes: Uint8Array): Uint8Array {
  assert(Number.isInteger(version) && version >= 1 && version <= 255, 'a record version is a byte, and not 0');
  const crc = crc32(bytes, crc32OfByte(version, crc32OfText(key)), headerBytes);
  bytes[0] = version;
  for (let place = 0; place < 4; place++) bytes[1 + place] = crc >>> (24 - 8 * place);
  return bytes;
}

function word(a = 0, b = 0, c = 0, d = 0): number {
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

function checksum(key: string, version: number, payload: Uint8Array): number {
  return crc32(payload, crc32OfByte(version, crc32OfText(key)));
}
