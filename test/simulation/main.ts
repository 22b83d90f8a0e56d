/** `npm run simulate`: random runs of the world; exit 1 on any violation, or when too little was met to mean anything. */
import os from 'node:os';
import { parseArgs } from 'node:util';
import { addCoverage, type CoverageKey, noCoverage, notMet, seedsForCoverage } from './coverage.ts';
import { runMany } from './many-runs.ts';
import type { RunResult } from './random-run.ts';
import { planOf } from './run-plan.ts';
import { shrink, storyOf } from './shrink.ts';

const usage = `Usage: npm run simulate -- [--seeds N] [--from S] [--stop] [--json]
       npm run simulate -- --shrink SEED

  npm run simulate                             100 runs, from seed 1 on
  npm run simulate -- --seeds 2000 --json      figures for a program on stdout
  npm run simulate -- --from 411 --seeds 1     one run alone, exactly as it was
  npm run simulate -- --shrink 411             the least of that run that still fails

Each run is a gateway, eight devices or more of all temperaments, a bad network,
an attacker, failing disks and at least three power cuts, in two hours of
virtual time. From ${seedsForCoverage} runs on it also fails when something of what can happen
never did ("covered").
--stop ends after the first run that violates something; --jobs N runs so many
at once (else 2).
`;

const violationsShownMax = 5;
const day = 86_400_000;

interface Options {
  readonly seeds: number;
  readonly from: number;
  readonly jobs: number;
  readonly stop: boolean;
  readonly json: boolean;
  readonly shrink: number | undefined;
}

function options(): Options {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '100' },
      from: { type: 'string', default: '1' },
      jobs: { type: 'string', default: String(Math.min(2, os.availableParallelism())) },
      shrink: { type: 'string' },
      stop: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    process.exit(0);
  }
  const number = (name: 'seeds' | 'from' | 'jobs' | 'shrink', least: number): number => {
    const value = Number(values[name]);
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw new Error(`--${name} ${values[name]} is not a number from ${least} on`);
  };
  const { stop, json } = values;
  const isToShrink = values.shrink !== undefined;
  const numbers = { seeds: number('seeds', 1), from: number('from', 0), jobs: number('jobs', 1) };
  return { ...numbers, stop, json, shrink: isToShrink ? number('shrink', 0) : undefined };
}

async function simulate({ seeds, from, jobs, stop, json }: Options): Promise<void> {
  const begun = performance.now();
  const sums = { seeds: 0, powerCuts: 0, violations: 0, acknowledged: 0, simulatedMs: 0 };
  const covered = noCoverage();
  const ended = (result: RunResult) => {
    sums.seeds++;
    sums.powerCuts += result.powerCuts;
    sums.acknowledged += result.acknowledged;
    sums.violations += result.violations.length;
    sums.simulatedMs += result.simulatedMs;
    addCoverage(covered, result.coverage);
    tell(result, sums.seeds, seeds);
  };
  await runMany({ from, seeds, jobs, stop, ended });
  if (process.stderr.isTTY) process.stderr.write('\r');
  const missing = sums.seeds >= seedsForCoverage ? notMet(covered) : [];
  for (const key of missing) process.stderr.write(`never met in ${sums.seeds} seeds: ${key}\n`);
  const { simulatedMs, acknowledged, ...figures } = sums;
  const simulatedDays = Math.round((simulatedMs * 10) / day) / 10;
  const seedsPerSecond = Math.round((sums.seeds * 10_000) / (performance.now() - begun)) / 10;
  if (json) {
    process.stdout.write(`${JSON.stringify({ ...figures, simulatedDays, seedsPerSecond, acknowledged, covered })}\n`);
  } else {
    process.stdout.write(
      `${sums.seeds} seeds, ${simulatedDays} days, ${sums.powerCuts} power cuts, ${acknowledged} messages acknowledged: ${verdict(sums.violations, missing)}\n`,
    );
  }
  process.exitCode = sums.violations === 0 && missing.length === 0 ? 0 : 1;
}

function tell({ seed, violations }: RunResult, done: number, seeds: number): void {
  for (const what of violations.slice(0, violationsShownMax)) process.stderr.write(`seed ${seed}: ${what}\n`);
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${seeds} seeds `);
}

function verdict(violations: number, missing: readonly CoverageKey[]): string {
  if (violations > 0)
    return `${violations} violations; one run alone: --from SEED --seeds 1; the least of it: --shrink SEED`;
  return missing.length > 0 ? 'nothing violated, and too little met' : 'nothing violated';
}

function shrinkTo(seed: number): void {
  const shrunk = shrink(planOf(seed));
  if (shrunk === undefined) {
    process.stdout.write(`Seed ${seed} violates nothing.\n`);
    return;
  }
  process.stdout.write(`${storyOf(shrunk).join('\n')}\n\nplan: ${JSON.stringify(shrunk.plan)}\n`);
  process.exitCode = 1;
}

try {
  const asked = options();
  if (asked.shrink === undefined) await simulate(asked);
  else shrinkTo(asked.shrink);
} catch (error) {
  if (!(error instanceof Error) || !('code' in error || error.message.startsWith('--'))) throw error;
  process.stderr.write(`error: ${error.message}\n${usage}`);
  process.exitCode = 2;
}
