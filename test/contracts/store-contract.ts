/**
 * The contract of a store as a suite, run over every implementation. A rig stands for one disk: store objects come and go
 * over it, and it can be damaged and made to refuse. Whoever adds a store writes a rig for it and passes this suite.
 */
import { afterEach, beforeEach, describe } from 'node:test';
import { batchesContract } from './batches-contract.ts';
import { briefAndExportContract } from './brief-and-export-contract.ts';
import { faultsContract } from './faults-contract.ts';
import { generationContract } from './generation-contract.ts';
import { type StoreRig, StoreScene } from './store-scene.ts';

/** `propertyRuns`: how many random runs each property is tried with. */
export function storeContract(name: string, makeRig: () => Promise<StoreRig>, propertyRuns: number): void {
  const scene = new StoreScene(makeRig);
  describe(name, () => {
    beforeEach(() => scene.begin());
    afterEach(() => scene.rig.end());
    generationContract(name, scene);
    batchesContract(name, scene, propertyRuns);
    briefAndExportContract(name, scene);
    faultsContract(name, scene);
  });
}
