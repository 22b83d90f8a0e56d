// `npm run device`: one simulated device.

import { setUpThenRun } from './lib/launch.mjs';

await setUpThenRun('build/test/demo/device.js');
