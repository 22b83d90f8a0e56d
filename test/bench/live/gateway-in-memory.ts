/** The gateway's program with a store in memory. */
import { programParts } from '../../../src/host/program-parts.ts';
import { runGateway } from '../../../src/host/run.ts';
import { MemoryStore } from './memory-store.ts';

await runGateway({ ...programParts, makeStore: () => new MemoryStore() }, process.argv.slice(2));
