/**
 * What an earlier version of the store lacks, step by step. Only what an older program must not even begin to read needs a step
 * and a new schema; a record whose body changes is read in both forms and written in the new one when it changes anyway
 * (`RecordKind.earlier`).
 *
 * Each step is one batch with the schema it leads to in it: after a cut it is done, or is done again. A step that would not fit
 * into one batch writes before it what the earlier program can still read, and may write twice.
 */
import { randomBytes } from 'node:crypto';
import type { Write } from '../../commit/commit.ts';
import { storeIdBytes } from '../../commit/journal/frame.ts';
import { firstMark } from '../../commit/journal/mark.ts';
import { encodeJournalMark, journalMarkKey } from '../../records/journal-mark-record.ts';
import { currentSchema, decodeSchema, encodeSchema, schemaKey } from '../../records/schema-record.ts';
import { encodeStoreIdentity, storeIdentityKey } from '../../records/store-identity-record.ts';
import type { Database } from './level-database.ts';
import { StoreOpenError } from './store.ts';

export interface Migration {
  /** The schema that the store is of afterwards; before, it was one less. */
  readonly to: number;
  readonly writes: (database: Database) => Promise<readonly Write[]> | readonly Write[];
}

/** The first schema with a journal. */
export const journalSchema = 2;

export const migrations: readonly Migration[] = [
  { to: journalSchema, writes: beginJournal },
  // New kinds of records, and none that would have to change: the step keeps older programs out.
  { to: 3, writes: () => [] },
];

/**
 * Brings an initialised store to the current schema. Rejects with a `StoreOpenError` when it was written by a newer program. A
 * schema that is damaged counts as the current one: every open writes it, so the damage is younger than the last step. Returns
 * the schema that it was of.
 */
export async function migrate(database: Database, steps: readonly Migration[] = migrations): Promise<number> {
  const [value] = await database.read([schemaKey]);
  const stored = (value && decodeSchema(value)) ?? currentSchema;
  if (stored.minReader > currentSchema.schema) {
    const sentence = `the store was written by a newer Holdfast (schema ${stored.minReader}); this one reads up to ${currentSchema.schema}.`;
    const advice = 'Start the newer version, or restore a backup made before it.';
    throw new StoreOpenError('newer', sentence, undefined, advice);
  }
  for (const { to, writes } of steps) {
    if (to <= stored.schema) continue;
    const schema = { key: schemaKey, value: encodeSchema({ schema: to, minReader: to }) };
    await database.writeDurably([...(await writes(database)), schema]);
  }
  return stored.schema;
}

/** 1 to 2: what is acknowledged goes into a journal first. Its frames name the store, so the store gets a name. */
function beginJournal(): readonly Write[] {
  return [
    { key: storeIdentityKey, value: encodeStoreIdentity({ id: randomBytes(storeIdBytes), board: '' }) },
    { key: journalMarkKey, value: encodeJournalMark(firstMark) },
  ];
}
