/**
 * How far the database has taken over what stands in the journal, in every batch of the database: so the two can never
 * disagree. Owns the key `m/journal`. What the entries mean is told where the journal is (`commit/journal/mark.ts`).
 */
import { encodeRecord } from './envelope.ts';
import { ownBody } from './own-record.ts';
import { list, unsigned } from './reader.ts';

export const journalMarkKey = 'm/journal';
const version = 1;

export interface JournalMarkRecord {
  readonly sequence: number;
  readonly from: number;
  readonly gone: readonly string[];
  readonly position: number;
  readonly witness: number;
}

export function encodeJournalMark({ sequence, from, gone, position, witness }: JournalMarkRecord): Uint8Array {
  return encodeRecord(journalMarkKey, version, { sequence, from, gone, position, witness });
}

/** Undefined when the value is damaged or of an unknown version. */
export function decodeJournalMark(value: Uint8Array): JournalMarkRecord | undefined {
  const map = ownBody(journalMarkKey, version, value);
  if (map === undefined) return undefined;
  const [sequence, from, position, witness] = ['sequence', 'from', 'position', 'witness'].map((key) =>
    unsigned(map, key),
  );
  const gone = list(map, 'gone')?.filter((key) => typeof key === 'string');
  if (sequence === undefined || from === undefined || position === undefined) return undefined;
  return witness === undefined || gone === undefined ? undefined : { sequence, from, gone, position, witness };
}
