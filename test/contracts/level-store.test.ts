import { LevelRig } from './level-rig.ts';
import { storeContract } from './store-contract.ts';

storeContract('LevelDB store', () => LevelRig.make(), 10);
