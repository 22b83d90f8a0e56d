// `npm run bench`: figures of speed and size.

import { setUpThenRun } from './lib/launch.mjs';

await setUpThenRun('build/test/bench/main.js');
