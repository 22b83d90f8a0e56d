// `npm run interop`: the runs against peers that nobody here wrote.

import { setUpThenRun } from './lib/launch.mjs';

await setUpThenRun('build/test/interop/main.js');
