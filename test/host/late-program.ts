/** The fake program in a process that did something else for a second before: set a clone up, say. */
import { setTimeout as wait } from 'node:timers/promises';
import { beginningMark } from '../../src/host/beginning.ts';

await wait(1_000);
performance.mark(beginningMark);
await import('./fake-program.ts');
