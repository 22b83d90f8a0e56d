/** `npm run simulate -- --seeds N [--from S] [--json]`: random runs of the world, seed after seed; exit 1 on any violation. */
import { parseArgs } from 'node:util';
import { randomRun } from './random-run.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const seeds = Number(values.seeds);
const from = Number(values.from);
if (!Number.isSafeInteger(seeds) || seeds < 1 || !Number.isSafeInteger(from)) {
  process.stderr.write('error: --seeds is a number of runs, for example --seeds 200\n');
  process.exit(2);
}
const begun = performance.now();
let powerCuts = 0;
let violations = 0;
let acknowledged = 0;
for (let seed = from; seed < from + seeds; seed++) {
  const result = randomRun(seed);
  powerCuts += result.powerCuts;
  acknowledged += result.acknowledged;
  violations += result.violations.length;
  for (const violation of result.violations.slice(0, 5)) process.stderr.write(`seed ${seed}: ${violation}\n`);
  if (process.stderr.isTTY) process.stderr.write(`\r${seed - from + 1} of ${seeds} seeds `);
}
if (process.stderr.isTTY) process.stderr.write('\r');
const seedsPerSecond = Math.round((seeds * 10_000) / (performance.now() - begun)) / 10;
if (values.json) {
  process.stdout.write(`${JSON.stringify({ seeds, powerCuts, violations, seedsPerSecond, acknowledged })}\n`);
} else {
  const verdict =
    violations === 0 ? 'nothing violated' : `${violations} violations; run one alone: --from SEED --seeds 1`;
  process.stdout.write(`${seeds} seeds, ${powerCuts} power cuts, ${acknowledged} messages acknowledged: ${verdict}\n`);
}
process.exitCode = violations === 0 ? 0 : 1;
