/**
 * A store that was copied to another board goes on there with registrations, keys and sessions, but without connections that
 * are alive: the other board may be using them too, and both would number their records alike.
 */
import { limits } from '../../base/limits.ts';
import type { Write } from '../../commit/commit.ts';
import { isLiveConnection } from '../../records/live-connection.ts';
import type { StoreIdentity } from '../../records/store-identity-record.ts';
import type { Database } from './level-database.ts';

export interface BoardMove {
  readonly identity: StoreIdentity;
  /** What has to go from the database, in the batch that names the new board. */
  readonly removals: readonly Write[];
  /** Whether a write of the journal still counts. */
  readonly keeps: (write: Write) => boolean;
  readonly notes: readonly string[];
}

/** Compares the board that used the store last with this one; a board without a name is taken for the same. */
export async function moveToBoard(last: StoreIdentity, board: string, database: Database): Promise<BoardMove> {
  const identity = { id: last.id, board: board === '' ? last.board : board };
  if (last.board === '' || last.board === identity.board)
    return { identity, removals: [], keeps: () => true, notes: [] };
  const removals: Write[] = [];
  for await (const chunk of database.chunks(limits.restoreChunkRecords)) {
    for (const { key } of chunk) if (isLiveConnection(key)) removals.push({ key, value: undefined });
  }
  const note =
    'This store was used on another board before: registrations and sessions are kept, connections are not. ' +
    'Each device does one new handshake.';
  return { identity, removals, keeps: ({ key }) => !isLiveConnection(key), notes: [note] };
}
