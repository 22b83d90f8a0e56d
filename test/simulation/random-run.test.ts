/** The random runs of the world: nothing is violated, and a seed repeats exactly. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { randomRun } from './random-run.ts';

import { planOf } from './run-plan.ts';

/** A tenth of what the build server runs. */
const seeds = 30;
const hours = 3_600_000;

describe('the world', () => {
  it(`keeps its promises over ${seeds} seeds`, () => {
    for (let seed = 1; seed <= seeds; seed++) {
      const result = randomRun(seed);
      assert.deepEqual(result.violations, [], `seed ${seed}; alone: npm run simulate -- --from ${seed} --seeds 1`);
      assert.ok(planOf(seed).devices.length >= 8);
      assert.ok(result.powerCuts >= 3, `seed ${seed} had ${result.powerCuts} cuts`);
      assert.ok(result.simulatedMs >= 2 * hours, `seed ${seed} took ${result.simulatedMs} ms`);
      assert.ok(result.acknowledged > 50, `${result.acknowledged} acknowledged messages are too few to mean anything`);
    }
  });

  it('takes no more memory the longer it goes on', () => {
    const collect = collectorOfGarbage();
    const heapBytes = (seeds: readonly number[]): number => {
      for (const seed of seeds) randomRun(seed);
      collect();
      return process.memoryUsage().heapUsed;
    };
    const before = heapBytes([501, 502, 503, 504]);
    const growth = heapBytes([505, 506, 507, 508, 509, 510, 511, 512]) - before;
    assert.ok(growth < 4_000_000, `the heap grew by ${growth} bytes over eight runs`);
  });

  it('repeats a seed exactly, datagram by datagram', () => {
    for (const seed of [3, 71, 411]) assert.deepEqual(randomRun(seed), randomRun(seed));
  });
});

function collectorOfGarbage(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
