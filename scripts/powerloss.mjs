// `npm run powerloss`: the power is cut at any moment of a recording of the real gateway.

import { setUpThenRun } from './lib/launch.mjs';

await setUpThenRun('build/test/powerloss/main.js');
