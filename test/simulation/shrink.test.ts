/** A run that fails is made smaller, and tells a story. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noCoverage } from './coverage.ts';
import type { RunResult } from './random-run.ts';
import { planOf, type RunPlan } from './run-plan.ts';
import { shrink, storyOf } from './shrink.ts';

test('a run that violates nothing is left alone', () => {
  assert.equal(
    shrink(planOf(5), (plan) => resultOf(plan, [])),
    undefined,
  );
});

test('of a run that fails what it takes stays, and no more', () => {
  const plan = planOf(5);
  const left = plan.steps.find(({ act }) => act.kind === 'leave');
  const [, cut] = plan.cuts;
  assert.ok(left && cut);
  let runs = 0;
  const shrunk = shrink(plan, (tried) => {
    runs++;
    const fails = tried.steps.includes(left) && tried.cuts.some(({ atMs }) => atMs === cut.atMs);
    return resultOf(tried, fails ? [`${left.device} is lost after ${runs} runs`] : ['something else']);
  });
  assert.ok(shrunk);
  const { devices, cuts, spells, steps, readersEveryMs } = shrunk.plan;
  assert.deepEqual([devices.map(({ name }) => name), steps], [[left.device], [left]]);
  assert.deepEqual([cuts, spells, readersEveryMs], [[{ ...cut, next: [] }], [], []]);
  assert.ok(runs < 100, `${runs} runs`);
  const story = storyOf(shrunk);
  assert.equal(story.length, 5);
  assert.match(story.at(-1) ?? '', /^=> device-\d is lost after/);
});

function resultOf({ seed }: RunPlan, violations: readonly string[]): RunResult {
  const nothing = { powerCuts: 0, acknowledged: 0, simulatedMs: 0, digest: 0 };
  return { seed, ...nothing, violations, coverage: noCoverage() };
}
