/**
 * The generation: the number of the start, or more when somebody passed the middle of his sequence range. Owns the key
 * `m/generation`. The store keeps it in a second place as well; see the store contract.
 */
import { encodeRecord } from './envelope.ts';
import { ownBody } from './own-record.ts';
import { unsigned } from './reader.ts';

export const generationKey = 'm/generation';
const version = 1;

export function encodeGeneration(generation: number): Uint8Array {
  return encodeRecord(generationKey, version, { generation });
}

/** Undefined when the value is damaged or of an unknown version. */
export function decodeGeneration(value: Uint8Array): number | undefined {
  const map = ownBody(generationKey, version, value);
  return map && unsigned(map, 'generation');
}
