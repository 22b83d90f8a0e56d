/** What the database says of itself when it is opened: the store's own records, `m/…`. */
import { randomBytes } from 'node:crypto';
import { storeIdBytes } from '../../commit/journal/frame.ts';
import { firstMark, type JournalMark } from '../../commit/journal/mark.ts';
import { cleanStopKey, decodeCleanStop } from '../../records/clean-stop-record.ts';
import { type Counts, countsKey, decodeCounts } from '../../records/counts-record.ts';
import { decodeGeneration, generationKey } from '../../records/generation-record.ts';
import { decodeJournalMark, journalMarkKey } from '../../records/journal-mark-record.ts';
import { decodeSalvage, salvageKey } from '../../records/salvage-record.ts';
import { currentSchema, decodeSchema, schemaKey } from '../../records/schema-record.ts';
import { decodeStoreIdentity, type StoreIdentity, storeIdentityKey } from '../../records/store-identity-record.ts';
import type { Database } from './level-database.ts';
import type { GenerationPlace } from './next-generation.ts';
import { StoreOpenError } from './store.ts';

export interface StoredState {
  readonly record: GenerationPlace;
  readonly cleanStop: number | undefined;
  /** Made now when there is none: in a new store, and in one of before there was a journal. */
  readonly identity: StoreIdentity;
  /** Undefined when it is damaged. */
  readonly mark: JournalMark | undefined;
  /** The database was repaired, and nobody has drawn the consequences yet: where the damaged files are. */
  readonly salvaged: string | undefined;
  /** Undefined when there are none, or they are damaged. */
  readonly counts: Counts | undefined;
}

const keys = [generationKey, cleanStopKey, schemaKey, storeIdentityKey, journalMarkKey, salvageKey, countsKey];

/** Rejects with a `StoreOpenError` when the store was written by a newer program. */
export async function readStoredState(database: Database): Promise<StoredState> {
  const [generation, clean, schema, identity, mark, salvaged, counts] = await database.read(keys);
  const minReader = schema === undefined ? 0 : (decodeSchema(schema)?.minReader ?? 0);
  if (minReader > currentSchema.schema) {
    const sentence = `the store was written by a newer Holdfast (schema ${minReader}); this one reads up to ${currentSchema.schema}.`;
    throw new StoreOpenError('newer', `${sentence} Start the newer version, or restore a backup made before it.`);
  }
  return {
    record: generation === undefined ? 'absent' : (decodeGeneration(generation) ?? 'unreadable'),
    cleanStop: clean && decodeCleanStop(clean),
    identity: (identity && decodeStoreIdentity(identity)) ?? { id: randomBytes(storeIdBytes), board: '' },
    mark: mark === undefined ? firstMark : decodeJournalMark(mark),
    salvaged: salvaged && (decodeSalvage(salvaged) ?? 'leveldb.damaged-*'),
    counts: counts && decodeCounts(counts),
  };
}
