// `npm run simulate`: many seeds of the simulated world.

import { setUpThenRun } from './lib/launch.mjs';

await setUpThenRun('build/test/simulation/main.js');
