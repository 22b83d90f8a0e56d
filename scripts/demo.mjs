// `npm run demo`: the gateway, killed again and again, as its devices see it.

import { setUpThenRun } from './lib/launch.mjs';

await setUpThenRun('build/test/demo/main.js');
