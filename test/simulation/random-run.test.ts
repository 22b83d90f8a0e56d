/** The random runs of the world: nothing is violated, and a seed repeats exactly. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
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

  it('repeats a seed exactly, datagram by datagram', () => {
    for (const seed of [3, 71, 411]) assert.deepEqual(randomRun(seed), randomRun(seed));
  });

  it('cuts the power at every kind of place', () => {
    const places = new Set<string>();
    for (let seed = 1_000; seed < 1_030; seed++) for (const place of randomRun(seed).cutPlaces) places.add(place);
    const expected = [
      'while the store opens',
      'during the restore',
      'at the end of the restore',
      'between two sends',
      'after a batch was handed over',
      'before a batch is durable',
      'after a batch is durable, before anybody knows',
      'at an instant',
    ];
    assert.deepEqual(
      expected.filter((place) => !places.has(place)),
      [],
    );
  });
});
