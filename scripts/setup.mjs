// `npm run setup`: makes the clone ready and says so.

import { setUpOrExplain } from './lib/launch.mjs';

if (await setUpOrExplain()) {
  process.stderr.write('Set up. Start the gateway:  npm start\n');
}
