/** What a gateway's earlier life left of devices that were registered and observed: as records, or as a state directory. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { limits } from '../../src/base/limits.ts';
import type { StoredRecord } from '../../src/commit/commit.ts';
import { masterKeyBytes } from '../../src/host/host-crypto.ts';
import { LevelStore } from '../../src/host/store/level-store.ts';
import { inKeyOrder, MachineWorld } from './machine-world.ts';

export interface FleetState {
  readonly masterKey: Uint8Array;
  readonly records: readonly StoredRecord[];
}

const made = new Map<number, FleetState>();

/** Each size is made once: 10,000 handshakes take a while. */
export function fleetState(devices: number): FleetState {
  let state = made.get(devices);
  if (state === undefined) {
    const masterKey = randomBytes(masterKeyBytes);
    const world = new MachineWorld(masterKey, true).begin();
    world.bringIn(devices);
    state = { masterKey, records: inKeyOrder(world.records) };
    made.set(devices, state);
  }
  return state;
}

/** Makes the directory, and in it the store and the key of `devices` devices. */
export async function makeFleetState(directory: string, devices: number): Promise<void> {
  const { masterKey, records } = fleetState(devices);
  mkdirSync(directory, { mode: 0o700 });
  writeFileSync(join(directory, 'master.key'), masterKey, { mode: 0o600 });
  const store = new LevelStore({ directory });
  await store.open();
  for (let at = 0; at < records.length; at += limits.restoreChunkRecords) {
    await store.commit(records.slice(at, at + limits.restoreChunkRecords), 'before-ack');
  }
  await store.close([]);
}
