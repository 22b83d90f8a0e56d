import assert from 'node:assert/strict';
import { test } from 'node:test';
import { day, hour, type Monotonic } from '../../src/base/instants.ts';
import { ByteBudget } from '../../src/commit/byte-budget.ts';

const at = (ms: number): Monotonic => ms as Monotonic;

test('bytes come back evenly over the day, and no more are saved than one burst', () => {
  const budget = new ByteBudget(2_400, 600, 600, at(0));
  budget.spend(500, at(0));
  assert.equal(budget.left(at(0)), 100);
  assert.equal(Math.round(budget.left(at(hour))), 200);
  assert.equal(budget.left(at(day)), 600);
});

test('what was written beyond it is waited for, and no debt is deeper than a burst', () => {
  const budget = new ByteBudget(2_400, 600, 600, at(0));
  assert.equal(budget.waitMs(at(0)), 0);
  budget.spend(800, at(0));
  assert.equal(budget.left(at(0)), -200);
  assert.equal(budget.waitMs(at(0)), 2 * hour);
  assert.equal(budget.waitMs(at(hour)), hour);
  budget.spend(1_000_000, at(hour));
  assert.equal(budget.left(at(hour)), -600);
});

test('bytes are not taken back', () => {
  assert.throws(() => new ByteBudget(2_400, 600, 600, at(0)).spend(-1, at(0)));
});
