/** The start of the whole gateway's process, until it serves. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from './bench.ts';
import { makeFleetState } from './fleet-state.ts';
import { LiveGateway } from './live-gateway.ts';
import { type Figure, type Floor, fewRounds, inRounds, scaled } from './measure.ts';

export const starting: Bench = {
  name: 'start',
  about: 'the whole gateway, from its start until it serves',
  async run({ size, directory }): Promise<readonly Figure[]> {
    const devices = scaled(size, 10_000, 20);
    const full = join(directory, 'full');
    mkdirSync(full);
    await makeFleetState(join(full, 'state'), devices);
    const startIn = async (place: string): Promise<number> => {
      const gateway = await LiveGateway.start({ directory: place, state: join(place, 'state') });
      await gateway.stop();
      return gateway.startSeconds;
    };
    const fresh = (): Promise<number> => startIn(mkdtempSync(join(directory, 'fresh-')));
    return await inRounds(fewRounds(size), nodeFloor, [
      { name: 'start without devices', unit: 'seconds', measure: fresh },
      { name: `start with ${devices} devices`, unit: 'seconds', measure: () => startIn(full) },
    ]);
  },
};

/** What every program on Node has to wait for. */
export const nodeFloor: Floor = {
  name: 'Node starts and ends',
  measure: () => {
    const begun = performance.now();
    execFileSync(process.execPath, ['-e', '0']);
    return (performance.now() - begun) / 1_000;
  },
};
