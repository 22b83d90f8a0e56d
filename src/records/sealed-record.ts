/**
 * Records that hold secrets: the body is sealed with an AEAD that is handed in (the key belongs to the host), the record's
 * key and version being associated data, so a sealed value proves nothing under another key. The checksum stays outside:
 * bytes that are whole but do not open were sealed with another master key, which is told apart from damage.
 */
import { concat, utf8Encode } from '../base/bytes.ts';
import { type Decoded, decodeBody, encodeBody, type RecordError, unwrap, wrap } from './envelope.ts';

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

function associatedData(key: string, version: number): Uint8Array {
  return concat(utf8Encode(key), Uint8Array.of(version));
}
