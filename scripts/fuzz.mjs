// `npm run fuzz`: damaged datagrams, as many as asked for.

import { setUpThenRun } from './lib/launch.mjs';

await setUpThenRun('build/test/fuzz/main.js');
