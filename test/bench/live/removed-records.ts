/** Records taken out of a store on purpose, with the store's own code, while no gateway has it open. */

import type { Write } from '../../../src/commit/commit.ts';
import { boardName } from '../../../src/host/board-name.ts';
import { LevelStore } from '../../../src/host/store/level-store.ts';

/** Removes every record whose key is told to go, and stops the store as cleanly as it was stopped before. */
export async function removeRecords(stateDirectory: string, goes: (key: string) => boolean): Promise<void> {
  const store = new LevelStore({ directory: stateDirectory, board: boardName() });
  await store.open();
  const chunks: Write[][] = [];
  await store.restore((chunk) => {
    const gone = chunk.filter(({ key }) => goes(key));
    chunks.push(gone.map(({ key }) => ({ key, value: undefined })));
  });
  for (const writes of chunks) if (writes.length > 0) await store.commit(writes, 'soon');
  await store.close([]);
}
