/**
 * Records that hold secrets: the body is sealed with an AEAD that is handed in (the key belongs to the host), the record's
 * key and version being associated data, so a sealed value proves nothing under another key. The checksum stays outside:
 * bytes that are whole but do not open were sealed with another master key, which is told apart from damage.
 */
import { concat, utf8Encode, wipe } from '../base/bytes.ts';
import { type Decoded, decodeBody, encodeBody, type RecordError, unwrap, wrap } from './envelope.ts';

const lengthBytes = 2;

/** Authenticated encryption under one key; takes care of its nonces itself. */
export interface Aead {
  seal(plaintext: Uint8Array, additional: Uint8Array): Uint8Array;
  /** Undefined when it was not sealed so. */
  open(sealed: Uint8Array, additional: Uint8Array): Uint8Array | undefined;
}

/** The value to keep under `key`, sealed. Versions run from 1 to 255. */
export function encodeSealedRecord(aead: Aead, key: string, version: number, body: unknown): Uint8Array {
  return wrap(key, version, aead.seal(encodeBody(body), associatedData(key, version)));
}

/** What was sealed, or why not. `sealed`: whole, but sealed under another master key. Total: any bytes may be handed in. */
export function decodeSealedRecord(
  aead: Aead,
  key: string,
  bytes: Uint8Array,
): Decoded | { readonly error: RecordError | 'sealed' } {
  const unwrapped = unwrap(key, bytes);
  if ('error' in unwrapped) return unwrapped;
  const plaintext = aead.open(unwrapped.payload, associatedData(key, unwrapped.version));
  return plaintext === undefined ? { error: 'sealed' } : decodeBody(unwrapped.version, plaintext);
}

/**
 * Such a record of which a part, `clear`, may be read by anybody, and is under the seal all the same. Both are parts of one body:
 *
 *   version | crc32 | length of the clear part (2 bytes) | clear part | sealed(the rest)
 */
export function encodePartlySealed(
  aead: Aead,
  key: string,
  version: number,
  clear: unknown,
  rest: unknown,
): Uint8Array {
  const open = encodeBody(clear);
  const secret = encodeBody(rest);
  const sealed = aead.seal(secret, concat(associatedData(key, version), open));
  const payload = concat(Uint8Array.of(open.length >> 8, open.length & 255), open, sealed);
  wipe(secret);
  return wrap(key, version, payload);
}

/** The clear part, which is believed once the rest has been opened. */
export function decodeClear(key: string, bytes: Uint8Array): Decoded | { readonly error: RecordError } {
  const parts = partsOf(key, bytes);
  return 'error' in parts ? parts : decodeBody(parts.version, parts.clear);
}

/** The rest; the clear part is as it was sealed. */
export function decodeSealedPart(
  aead: Aead,
  key: string,
  bytes: Uint8Array,
): Decoded | { readonly error: RecordError | 'sealed' } {
  const parts = partsOf(key, bytes);
  if ('error' in parts) return parts;
  const plaintext = aead.open(parts.sealed, concat(associatedData(key, parts.version), parts.clear));
  return plaintext === undefined ? { error: 'sealed' } : decodeBody(parts.version, plaintext);
}

function partsOf(
  key: string,
  bytes: Uint8Array,
): { version: number; clear: Uint8Array; sealed: Uint8Array } | { readonly error: RecordError } {
  const unwrapped = unwrap(key, bytes);
  if ('error' in unwrapped) return unwrapped;
  const { version, payload } = unwrapped;
  const end = lengthBytes + ((payload[0] ?? 0) << 8) + (payload[1] ?? 0);
  if (end > payload.length) return { error: 'malformed' };
  return { version, clear: payload.subarray(lengthBytes, end), sealed: payload.subarray(end) };
}

function associatedData(key: string, version: number): Uint8Array {
  return concat(utf8Encode(key), Uint8Array.of(version));
}
