/**
 * Makes a run that fails smaller: leaves out devices, spells, cuts and steps as long as it still fails. What one device does and
 * meets does not shift when another is left out, so what stays usually still shows the same.
 */
import { type RunResult, runOf } from './random-run.ts';
import type { RunPlan } from './run-plan.ts';

export interface Shrunk {
  readonly plan: RunPlan;
  readonly result: RunResult;
  readonly runs: number;
}

const runsMax = 400;

/** The smallest plan that was found to fail as this one does; undefined when it does not fail. `run` carries a plan out. */
export function shrink(plan: RunPlan, run: (plan: RunPlan) => RunResult = runOf): Shrunk | undefined {
  const first = run(plan);
  if (first.violations.length === 0) return undefined;
  const kind = kindOf(first);
  let best: Shrunk = { plan, result: first, runs: 1 };
  const tries = (smaller: RunPlan): boolean => {
    if (best.runs >= runsMax) return false;
    const result = run(smaller);
    const fails = kindOf(result) === kind;
    best = fails ? { plan: smaller, result, runs: best.runs + 1 } : { ...best, runs: best.runs + 1 };
    return fails;
  };
  let before: number;
  do {
    before = sizeOf(best.plan);
    without(best.plan.devices, (devices) => {
      const names = new Set(devices.map(({ name }) => name));
      return tries({ ...best.plan, devices, steps: best.plan.steps.filter(({ device }) => names.has(device)) });
    });
    without(best.plan.cuts, (cuts) => tries({ ...best.plan, cuts }));
    without(best.plan.spells, (spells) => tries({ ...best.plan, spells }));
    without(best.plan.steps, (steps) => tries({ ...best.plan, steps }));
    without(best.plan.readersEveryMs, (readersEveryMs) => tries({ ...best.plan, readersEveryMs }));
    for (const cut of best.plan.cuts.filter(({ next }) => next.length > 0)) {
      tries({ ...best.plan, cuts: best.plan.cuts.map((one) => (one === cut ? { ...cut, next: [] } : one)) });
    }
  } while (sizeOf(best.plan) < before);
  return best;
}

/** Leaves ever smaller pieces out; `isEnough` tells whether the rest is enough, and takes it as the new whole if so. */
function without<T>(all: readonly T[], isEnough: (rest: readonly T[]) => boolean): void {
  let left = all;
  for (
    let size = Math.ceil(all.length / 2);
    size >= 1 && left.length > 0;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let at = 0; at < left.length; ) {
      const rest = left.filter((_, index) => index < at || index >= at + size);
      if (isEnough(rest)) left = rest;
      else at += size;
    }
  }
}

function sizeOf({ devices, cuts, spells, steps, readersEveryMs }: RunPlan): number {
  const further = cuts.reduce((sum, { next }) => sum + next.length, 0);
  return devices.length + cuts.length + further + spells.length + steps.length + readersEveryMs.length;
}

/** What a run violates first, whoever it is and however often. */
function kindOf({ violations }: RunResult): string | undefined {
  return violations[0]?.replace(/\d+/g, 'N').split('\n')[0];
}

/** The plan in the words of a story, a line each. */
export function storyOf({ plan, result }: Shrunk): string[] {
  const { devices, spells, cuts, steps, portHeld, clock, outageMs, readersEveryMs } = plan;
  const facts = [
    `seed ${plan.seed}; ${devices.map(({ name, temperament }) => `${name} is ${temperament}`).join(', ')}`,
    `${portHeld ? 'the port is held' : 'the port closes'}, clock: ${clock}, an outage takes ${outageMs} ms, ${readersEveryMs.length} readers`,
  ];
  const happenings = [
    ...spells.map(({ atMs, forMs, network }) => ({ atMs, text: `for ${forMs} ms ${JSON.stringify(network)}` })),
    ...cuts.map(({ atMs, after, next }) => ({
      atMs,
      text: `the power goes ${after === undefined ? 'at once' : `after ${after} opportunities`}${next.length > 0 ? `, then after ${next.join(', ')}` : ''}`,
    })),
    ...steps.map(({ atMs, device, act }) => ({ atMs, text: `${device}: ${JSON.stringify(act)}` })),
  ];
  const told = happenings
    .sort((a, b) => a.atMs - b.atMs)
    .map(({ atMs, text }) => `${(atMs / 1_000).toFixed(3)} s  ${text}`);
  return [...facts, ...told, ...result.violations.slice(0, 3).map((what) => `=> ${what}`)];
}
