/**
 * A store goes on without the connections that are alive in it, but with registrations, keys and sessions, when
 *
 *   - it was copied to another board: that one may be using them too, and both would number their records alike;
 *   - its database was repaired: an older receive window may have come back, and with it everything that was received since
 *     could be sent once more by whoever recorded it;
 *   - what its journal had over the database is in doubt: the same could come of it.
 *
 * Each device then does one new handshake.
 */
import { limits } from '../../base/limits.ts';
import type { Write } from '../../commit/commit.ts';
import { isLiveConnection } from '../../records/live-connection.ts';
import type { StoreIdentity } from '../../records/store-identity-record.ts';
import type { Database } from './level-database.ts';
import type { StoredState } from './stored-state.ts';

export interface DroppedConnections {
  readonly identity: StoreIdentity;
  /** What has to go from the database, in the batch that names the board. */
  readonly removals: readonly Write[];
  /** Whether a write of the journal still counts. */
  readonly keeps: (write: Write) => boolean;
  readonly notes: readonly string[];
}

/** Compares the board that used the store last with this one; a board without a name is taken for the same. */
export async function dropConnections(
  { identity: last, salvaged }: Pick<StoredState, 'identity' | 'salvaged'>,
  journalInDoubt: boolean,
  board: string,
  database: Database,
): Promise<DroppedConnections> {
  const identity = { id: last.id, board: board === '' ? last.board : board };
  const isMoved = last.board !== '' && last.board !== identity.board;
  if (!isMoved && salvaged === undefined && !journalInDoubt)
    return { identity, removals: [], keeps: () => true, notes: [] };
  const removals: Write[] = [];
  for await (const chunk of database.chunks(limits.restoreChunkRecords)) {
    for (const { key } of chunk) if (isLiveConnection(key)) removals.push({ key, value: undefined });
  }
  return { identity, removals, keeps: ({ key }) => !isLiveConnection(key), notes: isMoved ? [moveNote] : [] };
}

const moveNote =
  'This store was used on another board before: registrations and sessions are kept, connections are not. ' +
  'Each device does one new handshake.';
