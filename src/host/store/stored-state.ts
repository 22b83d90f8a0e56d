/** What the database says of itself when it is opened: the store's own records, `m/…`. */
import { randomBytes } from 'node:crypto';
import { storeIdBytes } from '../../commit/journal/frame.ts';
import { firstMark, type JournalMark } from '../../commit/journal/mark.ts';
import { cleanStopKey, decodeCleanStop } from '../../records/clean-stop-record.ts';
import { type Counts, countsKey, decodeCounts } from '../../records/counts-record.ts';
import { decodeGeneration, generationKey } from '../../records/generation-record.ts';
import { decodeJournalMark, journalMarkKey } from '../../records/journal-mark-record.ts';
import { decodeSalvage, salvageKey } from '../../records/salvage-record.ts';
import { decodeStoreIdentity, type StoreIdentity, storeIdentityKey } from '../../records/store-identity-record.ts';
import type { Database } from './level-database.ts';
import type { GenerationPlace } from './next-generation.ts';

export interface StoredState {
  readonly record: GenerationPlace;
  readonly cleanStop: number | undefined;
  /** Made now when there is none, as in a new store; but the journal must not become that of another one for a lost record. */
  readonly identity: StoreIdentity;
  /** It was taken from the journal. */
  readonly isNameLost: boolean;
  /** Undefined when it is damaged, or absent from a store in use: every batch writes it. */
  readonly mark: JournalMark | undefined;
  /** The database was repaired, and nobody has drawn the consequences yet: where the damaged files are. */
  readonly salvaged: string | undefined;
  /** Undefined when there are none, or they are damaged. */
  readonly counts: Counts | undefined;
}

const keys = [generationKey, cleanStopKey, storeIdentityKey, journalMarkKey, salvageKey, countsKey];

/** `idInRing` looks for the store that the frames in the journal name. An initialised store is of the current schema. */
export async function readStoredState(
  database: Database,
  idInRing: () => Uint8Array | undefined,
  initialised: boolean,
): Promise<StoredState> {
  const [generation, clean, identity, mark, salvaged, counts] = await database.read(keys);
  const known = identity && decodeStoreIdentity(identity);
  // Only for a lost record: it reads the whole ring.
  const named = known === undefined && initialised ? idInRing() : undefined;
  return {
    record: generation === undefined ? 'absent' : (decodeGeneration(generation) ?? 'unreadable'),
    cleanStop: clean && decodeCleanStop(clean),
    identity: known ?? { id: named ?? randomBytes(storeIdBytes), board: '' },
    isNameLost: named !== undefined,
    mark: mark === undefined && !initialised ? firstMark : mark && decodeJournalMark(mark),
    salvaged: salvaged && (decodeSalvage(salvaged) ?? 'leveldb.damaged-*'),
    counts: counts && decodeCounts(counts),
  };
}
