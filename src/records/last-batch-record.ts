/**
 * The number of the batch that wrote it, in every batch. After a reopen the store reads back from it that its last
 * acknowledged batch is there. Owns the key `m/batch`.
 */
import { encodeRecord } from './envelope.ts';
import { ownBody } from './own-record.ts';
import { unsigned } from './reader.ts';

export const lastBatchKey = 'm/batch';
const version = 1;

export interface LastBatch {
  /** The generation of the start that wrote it. */
  readonly start: number;
  /** Rises with each batch of a start. */
  readonly batch: number;
}

export function encodeLastBatch({ start, batch }: LastBatch): Uint8Array {
  return encodeRecord(lastBatchKey, version, { start, batch });
}

/** Undefined when the value is damaged or of an unknown version. */
export function decodeLastBatch(value: Uint8Array): LastBatch | undefined {
  const map = ownBody(lastBatchKey, version, value);
  const start = map && unsigned(map, 'start');
  const batch = map && unsigned(map, 'batch');
  return start === undefined || batch === undefined ? undefined : { start, batch };
}
