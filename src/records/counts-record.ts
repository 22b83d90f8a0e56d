/**
 * How many records of each kind the database holds. Owns the key `m/counts`; it goes with every batch that changes them, in that
 * same batch. LevelDB leaves out a damaged block without a word, and nothing else would tell.
 */
import { decodeRecord, encodeRecord } from './envelope.ts';
import { asMap } from './reader.ts';

export const countsKey = 'm/counts';
const version = 1;

/** By the prefix of their keys, `rg/`; kinds without a record are left out. The store's own records do not count. */
export type Counts = ReadonlyMap<string, number>;

/** The kind that a key belongs to; undefined for the store's own records. */
export function countedKind(key: string): string | undefined {
  return key.startsWith('m/') ? undefined : key.slice(0, key.indexOf('/') + 1);
}

export function encodeCounts(counts: Counts): Uint8Array {
  return encodeRecord(countsKey, version, { counts });
}

/** Undefined when the value is damaged or of an unknown version. */
export function decodeCounts(value: Uint8Array): Counts | undefined {
  const decoded = decodeRecord(countsKey, value);
  if ('error' in decoded || decoded.version !== version) return undefined;
  const entries = asMap(asMap(decoded.body)?.get('counts'));
  if (entries === undefined) return undefined;
  const counts = new Map<string, number>();
  for (const [kind, count] of entries) {
    if (typeof kind !== 'string' || !Number.isSafeInteger(count)) return undefined;
    counts.set(kind, count as number);
  }
  return counts;
}
