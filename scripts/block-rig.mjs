// `npm run block-rig`: power cuts under a real ext4; root only.

import { setUpThenRun } from './lib/launch.mjs';

await setUpThenRun('build/test/block-rig/main.js');
