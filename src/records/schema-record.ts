/**
 * Which program may read this store. Owns the key `m/schema`: the schema it was last written with, and the oldest reader
 * that understands it. Every record has a version of its own beside that; this one is for changes that an older program
 * must not even begin to read.
 */
import { encodeRecord } from './envelope.ts';
import { ownBody } from './own-record.ts';
import { unsigned } from './reader.ts';

export const schemaKey = 'm/schema';
const version = 1;

export interface Schema {
  readonly schema: number;
  readonly minReader: number;
}

/**
 * What this program writes. 2: what was acknowledged last stands in the journal, and times of refreshes are whole milliseconds;
 * an older program knows neither. 3: operations, answers of devices in the event log, muted devices and connections that the
 * gateway began are kept; an older program would set them aside as damaged. A higher one needs a step in `src/host/store/migrations.ts`.
 */
export const currentSchema: Schema = { schema: 3, minReader: 3 };

export function encodeSchema({ schema, minReader }: Schema): Uint8Array {
  return encodeRecord(schemaKey, version, { schema, minReader });
}

/** Undefined when the value is damaged or of an unknown version. */
export function decodeSchema(value: Uint8Array): Schema | undefined {
  const map = ownBody(schemaKey, version, value);
  const schema = map && unsigned(map, 'schema');
  const minReader = map && unsigned(map, 'minReader');
  return schema === undefined || minReader === undefined ? undefined : { schema, minReader };
}
