// `npm test`: sets up, checks format and lint, runs the unit tests. `npm test -- coap` runs those whose path has "coap"
// in it; arguments with a leading dash are handed to Node's test runner.

import os from 'node:os';
import path from 'node:path';
import { setUpOrExplain } from './lib/launch.mjs';
import { ROOT } from './lib/paths.mjs';
import { runInTerminal } from './lib/run-command.mjs';
import { chooseFiles, splitArguments, unitTestFiles } from './lib/test-files.mjs';

/** No single file, and so no hung test, may take longer. */
const FILE_TIMEOUT_MS = 10 * 60_000;
const BIOME = path.join(ROOT, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');

async function main() {
  const { flags, filters } = splitArguments(process.argv.slice(2));
  const files = chooseFiles(unitTestFiles(ROOT), filters);
  if (files.length === 0) {
    process.stderr.write(
      `error: no test file has ${filters.map((filter) => `"${filter}"`).join(' or ')} in its path.\n`,
    );
    return 1;
  }
  const style = await runInTerminal(process.execPath, [BIOME, 'check', '.'], { cwd: ROOT });
  const tests = await runInTerminal(process.execPath, ['--test', ...runnerFlags(), ...flags, ...files], { cwd: ROOT });
  if (style !== 0) {
    process.stderr.write(
      'error: format or lint is not right, see above.\n  Most of it mends itself:  npm run format\n',
    );
  }
  return tests || style;
}

function runnerFlags() {
  return [
    '--test-reporter=spec',
    `--test-concurrency=${os.availableParallelism()}`,
    `--test-timeout=${FILE_TIMEOUT_MS}`,
  ];
}

if (await setUpOrExplain()) {
  process.exitCode = await main();
}
