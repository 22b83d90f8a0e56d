/**
 * How many records of each kind the database holds. Owns the key `m/counts`; it goes with every batch that changes them, in that
 * same batch. LevelDB leaves out a damaged block without a word, and nothing else would tell.
 */
import { encodeRecord } from './envelope.ts';
import { ownBody } from './own-record.ts';
import { asMap } from './reader.ts';
import { prefixOf } from './record-kind.ts';

export const countsKey = 'm/counts';
const version = 1;

/** By the prefix of their keys, `rg/`; kinds without a record are left out. The store's own records do not count. */
export type Counts = ReadonlyMap<string, number>;

/** The kind that a key belongs to; undefined for the store's own records. */
export function countedKind(key: string): string | undefined {
  return key.startsWith('m/') ? undefined : prefixOf(key);
}

export function encodeCounts(counts: Counts): Uint8Array {
  return encodeRecord(countsKey, version, { counts });
}

/** Undefined when the value is damaged or of an unknown version. */
export function decodeCounts(value: Uint8Array): Counts | undefined {
  const entries = asMap(ownBody(countsKey, version, value)?.get('counts'));
  if (entries === undefined) return undefined;
  const counts = new Map<string, number>();
  for (const [kind, count] of entries) {
    if (typeof kind !== 'string' || !Number.isSafeInteger(count)) return undefined;
    counts.set(kind, count as number);
  }
  return counts;
}
