/** The store on its disk: how many commits a second, and how long it takes to open. */
import { open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import { limits } from '../../src/base/limits.ts';
import type { Write } from '../../src/commit/commit.ts';
import { LevelStore } from '../../src/host/store/level-store.ts';
import type { Bench } from './bench.ts';
import { type Figure, type Floor, type Item, inRounds, type Size, scaled } from './measure.ts';

const groups = [1, 10, 100] as const;
/** About what the records of one notification hold together. */
const valueBytes = 200;
const kept = 10_000;
const blockBytes = 4_096;

export const store: Bench = {
  name: 'store',
  about: 'commits and the opening of the store, on its disk',
  async run({ size, directory }): Promise<readonly Figure[]> {
    const records = scaled(size, kept, 10);
    const full = join(directory, 'full');
    await fill(full, records);
    const opening = [
      { name: `open, and read ${records} records`, unit: 'seconds', measure: () => secondsToOpen(full) },
    ] as const;
    const written = new LevelStore({ directory: join(directory, 'commits') });
    await written.open();
    const floor = syncFloor(size, join(directory, 'floor'));
    const figures = await inRounds(size, floor, [...groups.map((group) => commits(size, written, group)), ...opening]);
    await written.close();
    return figures;
  },
};

/** One block of a file that is there already, written over and synced. */
export function syncFloor(size: Size, path: string): Floor {
  const count = scaled(size, 50, 2);
  return {
    name: 'fdatasync of 4 KB',
    measure: async () => {
      const file = await openFile(path, 'w');
      const block = new Uint8Array(blockBytes).fill(1);
      await file.write(block, 0, blockBytes, 0);
      await file.sync();
      const begun = performance.now();
      for (let done = 0; done < count; done++) {
        await file.write(block, 0, blockBytes, 0);
        await file.datasync();
      }
      const seconds = (performance.now() - begun) / 1_000 / count;
      await file.close();
      return seconds;
    },
  };
}

function commits(size: Size, written: LevelStore, group: number): Item {
  const count = scaled(size, 50, 2);
  let made = 0;
  const measure = async (): Promise<number> => {
    const begun = performance.now();
    for (let done = 0; done < count; done++) {
      await written.commit(
        Array.from({ length: group }, (): Write => recordOf(made++)),
        'before-ack',
      );
    }
    return (count * 1_000) / (performance.now() - begun);
  };
  return { name: `commits, ${group} ${group === 1 ? 'write' : 'writes'} each`, unit: 'per second', measure };
}

async function fill(directory: string, records: number): Promise<void> {
  const filled = new LevelStore({ directory });
  await filled.open();
  for (let at = 0; at < records; at += limits.restoreChunkRecords) {
    const length = Math.min(limits.restoreChunkRecords, records - at);
    await filled.commit(
      Array.from({ length }, (_, index) => recordOf(at + index)),
      'before-ack',
    );
  }
  await filled.close([]);
}

async function secondsToOpen(directory: string): Promise<number> {
  const begun = performance.now();
  const opened = new LevelStore({ directory });
  await opened.open();
  await opened.restore(() => {});
  const seconds = (performance.now() - begun) / 1_000;
  await opened.close([]);
  return seconds;
}

function recordOf(index: number): Write & { readonly value: Uint8Array } {
  return { key: `ev/${String(index % kept).padStart(8, '0')}`, value: new Uint8Array(valueBytes).fill(index) };
}
