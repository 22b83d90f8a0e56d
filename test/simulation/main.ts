/** `npm run simulate -- --seeds N [--from S] [--stop] [--json]`: random runs of the world; exit 1 on any violation. */
import { parseArgs } from 'node:util';
import { randomRun } from './random-run.ts';

const usage = `Usage: npm run simulate -- [--seeds N] [--from S] [--stop] [--json]

  npm run simulate                             200 runs, from seed 1 on
  npm run simulate -- --seeds 1000 --json      figures for a program on stdout
  npm run simulate -- --from 411 --seeds 1     one run alone, exactly as it was

Each run is a gateway, its devices, a bad network, an attacker and power cuts,
in virtual time.
--stop ends after the first run that violates something.
`;

const violationsShownMax = 5;

function options(): { seeds: number; from: number; stop: boolean; json: boolean } {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '200' },
      from: { type: 'string', default: '1' },
      stop: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    process.exit(0);
  }
  const seeds = Number(values.seeds);
  const from = Number(values.from);
  if (!Number.isSafeInteger(seeds) || seeds < 1) throw new Error(`--seeds ${values.seeds} is not a number of runs`);
  if (!Number.isSafeInteger(from) || from < 0) throw new Error(`--from ${values.from} is not a seed`);
  return { seeds, from, stop: values.stop, json: values.json };
}

function simulate({ seeds, from, stop, json }: ReturnType<typeof options>): void {
  const begun = performance.now();
  const sums = { seeds: 0, powerCuts: 0, violations: 0, acknowledged: 0 };
  for (let seed = from; seed < from + seeds && !(stop && sums.violations > 0); seed++) {
    const result = randomRun(seed);
    sums.seeds++;
    sums.powerCuts += result.powerCuts;
    sums.acknowledged += result.acknowledged;
    sums.violations += result.violations.length;
    for (const what of result.violations.slice(0, violationsShownMax)) process.stderr.write(`seed ${seed}: ${what}\n`);
    if (process.stderr.isTTY) process.stderr.write(`\r${sums.seeds} of ${seeds} seeds `);
  }
  if (process.stderr.isTTY) process.stderr.write('\r');
  const seedsPerSecond = Math.round((sums.seeds * 10_000) / (performance.now() - begun)) / 10;
  const { powerCuts, violations, acknowledged } = sums;
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ seeds: sums.seeds, powerCuts, violations, seedsPerSecond, acknowledged })}\n`,
    );
  } else {
    const verdict =
      violations === 0 ? 'nothing violated' : `${violations} violations; one alone: --from SEED --seeds 1`;
    process.stdout.write(
      `${sums.seeds} seeds, ${powerCuts} power cuts, ${acknowledged} messages acknowledged: ${verdict}\n`,
    );
  }
  process.exitCode = violations === 0 ? 0 : 1;
}

try {
  simulate(options());
} catch (error) {
  if (!(error instanceof Error) || !('code' in error || error.message.startsWith('--'))) throw error;
  process.stderr.write(`error: ${error.message}\n${usage}`);
  process.exitCode = 2;
}
