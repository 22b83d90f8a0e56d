import { SimulatedDisk } from '../simulation/simulated-disk.ts';
import { SimulatedStore } from '../simulation/simulated-store.ts';
import { type StoreRig, storeContract } from './store-contract.ts';

storeContract('simulated store', makeRig, 200);

async function makeRig(): Promise<StoreRig> {
  const disk = new SimulatedDisk();
  return {
    store: () => new SimulatedStore(disk),
    crash: async () => disk.cut(false),
    spoil: async (place, how) => {
      if (place === 'file') disk.file = how;
      else if (how === 'absent') disk.records.delete('m/generation');
      else disk.records.set('m/generation', new Uint8Array(20));
    },
    overwrite: async ({ key, value }) => {
      disk.records.set(key, value);
    },
    refuse: (kind, kept = false) => {
      disk.fault = kind;
      disk.faultKeeps = kept;
    },
    quarantined: async () => disk.quarantine.map(({ record, why }) => ({ ...record, why })),
    end: async () => {},
  };
}
