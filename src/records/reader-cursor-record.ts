/**
 * How far a named reader has handled the event log. Owns the keys `rd/<name>`. Losing the newest move of a cursor tells the
 * reader some events a second time.
 */
import { unsigned } from './reader.ts';
import type { RecordKind } from './record-kind.ts';

export interface ReaderCursorRecord {
  /** The id of the last event handled; 0 for none. */
  readonly cursor: number;
}

export const readerCursorRecord: RecordKind<ReaderCursorRecord> = {
  prefix: 'rd/',
  version: 1,
  sealed: false,
  toBody: (value) => ({ c: value.cursor }),
  fromBody: (body) => {
    const cursor = unsigned(body, 'c');
    return cursor === undefined ? undefined : { cursor };
  },
};
