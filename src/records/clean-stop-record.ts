/**
 * The marker of a clean stop: names the generation that ended with everything written. Owns the key `m/clean`. It counts
 * once: the next open deletes it in the batch that raises the generation.
 */
import { encodeRecord } from './envelope.ts';
import { ownBody } from './own-record.ts';
import { unsigned } from './reader.ts';

export const cleanStopKey = 'm/clean';
const version = 1;

export function encodeCleanStop(generation: number): Uint8Array {
  return encodeRecord(cleanStopKey, version, { generation });
}

/** The generation that stopped cleanly; undefined when the value is damaged: then the stop was not clean. */
export function decodeCleanStop(value: Uint8Array): number | undefined {
  const map = ownBody(cleanStopKey, version, value);
  return map && unsigned(map, 'generation');
}
