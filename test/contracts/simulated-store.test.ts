import { SimulatedDisk, worstFate } from '../simulation/simulated-disk.ts';
import { SimulatedStore } from '../simulation/simulated-store.ts';
import { storeContract } from './store-contract.ts';
import { rigJournalSlots, type StoreRig } from './store-scene.ts';

storeContract('simulated store', makeRig, 200);

async function makeRig(): Promise<StoreRig> {
  const disk = new SimulatedDisk(rigJournalSlots);
  return {
    store: () => new SimulatedStore(disk),
    crash: async () => disk.cut(worstFate),
    spoil: async (place, how) => {
      if (place === 'file') disk.file = how;
      else if (how === 'absent') disk.records.delete('m/generation');
      else disk.records.set('m/generation', new Uint8Array(20));
    },
    overwrite: async ({ key, value }) => {
      disk.records.set(key, value);
    },
    refuse: (kind, kept = false, what = 'both') => {
      disk.refuse(undefined);
      if (what !== 'database') disk.faults.ring = kind;
      if (what !== 'journal') disk.faults.database = kind;
      disk.faultKeeps = kept;
    },
    quarantined: async () => disk.quarantine.map(({ record, why }) => ({ ...record, why })),
    end: async () => {},
  };
}
