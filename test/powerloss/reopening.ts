/** A rebuilt directory, opened by the code with which the gateway opens its own: master key, store, every record read back. */
import { existsSync } from 'node:fs';
import type { StoredRecord } from '../../src/commit/commit.ts';
import { boardName } from '../../src/host/board-name.ts';
import { loadMasterKey } from '../../src/host/master-key.ts';
import { LevelStore } from '../../src/host/store/level-store.ts';
import { storePaths } from '../../src/host/store/opening.ts';
import { recordedJournalBytes } from './patched-build.ts';
import type { Reopened } from './verdict.ts';

/** What goes on while the store is open; `opened` comes as soon as the generation is given out. */
export interface WhileOpen {
  opened(generation: number): void;
  work(store: LevelStore): Promise<void>;
}

/** Rejects with what the gateway would have died of. The store is closed as by a cut. */
export async function reopen(directory: string, whileOpen?: WhileOpen): Promise<Reopened> {
  const initialised = existsSync(storePaths(directory).marker);
  loadMasterKey({ stateDirectory: directory, credentialsDirectory: undefined, initialised });
  const store = new LevelStore({ directory, board: boardName(), journalBytes: recordedJournalBytes, ballastBytes: 0 });
  const { generation, notes } = await store.open();
  whileOpen?.opened(generation);
  const records: StoredRecord[] = [];
  let missed: readonly string[] = [];
  try {
    missed = await store.restore((chunk) => {
      records.push(...chunk);
    });
    await whileOpen?.work(store);
  } finally {
    await store.close();
  }
  return { generation, notes: [...notes, ...missed], records };
}
