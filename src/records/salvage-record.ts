/**
 * Says that the database was put together again out of damaged files, and where those are. Owns the key `m/salvaged`. It is
 * written into the repaired copy before that takes its place, and deleted by the first open that ends: so what a repair means
 * is not forgotten by a cut in between.
 */
import { encodeRecord } from './envelope.ts';
import { ownBody } from './own-record.ts';
import { text } from './reader.ts';

export const salvageKey = 'm/salvaged';
const version = 1;

/** `kept`: the name of the directory with the files as they were. */
export function encodeSalvage(kept: string): Uint8Array {
  return encodeRecord(salvageKey, version, { kept });
}

/** Undefined when the value is damaged or of an unknown version. */
export function decodeSalvage(value: Uint8Array): string | undefined {
  const map = ownBody(salvageKey, version, value);
  return map && text(map, 'kept');
}
