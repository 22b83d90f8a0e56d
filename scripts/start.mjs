// `npm start`: sets the clone up, once, and runs the gateway in the foreground, in this process.

import path from 'node:path';
import { setUpThenRun } from './lib/launch.mjs';
import { ROOT } from './lib/paths.mjs';
import { checkStateSpace } from './lib/set-up.mjs';

/** Enough for the store to compact itself. */
const STATE_BYTES = 50_000_000;

await setUpThenRun('build/src/host/main.js', () => checkStateSpace(path.join(ROOT, 'var'), STATE_BYTES));
