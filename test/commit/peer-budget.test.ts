import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerId } from '../../src/base/address.ts';
import { day, hour, type Monotonic } from '../../src/base/instants.ts';
import { limits } from '../../src/base/limits.ts';
import { PeerBudgets } from '../../src/commit/peer-budget.ts';

const at = (ms: number): Monotonic => ms as Monotonic;
const peer = (name: string | number): PeerId => `field|${name}` as PeerId;

test('a peer that has written its bytes of the day waits until some are back; another does not', () => {
  const budgets = new PeerBudgets(2_400);
  budgets.charge(peer('meter'), 2_400, at(0));
  assert.equal(budgets.waitMs(peer('meter'), at(0)), 0, 'the last byte may be written');
  budgets.charge(peer('meter'), 200, at(0));
  budgets.charge(peer('pump'), 100, at(0));
  assert.equal(Math.round(budgets.waitMs(peer('meter'), at(0))), 2 * hour);
  assert.equal(budgets.waitMs(peer('pump'), at(0)), 0);
  assert.deepEqual(budgets.spent(at(0)), [peer('meter')]);
  assert.equal(budgets.waitMs(peer('meter'), at(2 * hour + 1)), 0);
  assert.deepEqual(budgets.spent(at(2 * hour + 1)), []);
});

test('who was charged most since the start stands first, also when all its bytes are back', () => {
  const budgets = new PeerBudgets(2_400);
  budgets.charge(peer('lamp'), 10, at(0));
  budgets.charge(peer('pump'), 600, at(0));
  budgets.charge(peer('meter'), 1_200, at(0));
  budgets.charge(peer('pump'), 700, at(hour));
  assert.deepEqual(budgets.mostCharged(2), [
    { peer: peer('pump'), chargedBytes: 1_300 },
    { peer: peer('meter'), chargedBytes: 1_200 },
  ]);
  const used = (ms: number): number[] =>
    ['meter', 'pump', 'lamp', 'stranger'].map((name) => Math.round(budgets.usedBytes(peer(name), at(ms))));
  assert.deepEqual(used(hour), [1_100, 1_200, 0, 0]);
  assert.deepEqual(used(2 * day), [0, 0, 0, 0]);
  assert.equal(budgets.mostCharged(5).length, 3);
});

test('of more peers than are remembered the one charged longest ago begins anew', () => {
  const budgets = new PeerBudgets(100);
  for (let i = 0; i < limits.peerBudgetsMax; i++) budgets.charge(peer(i), 200, at(0));
  budgets.charge(peer(0), 1, at(limits.peerBudgetPlacedMs));
  budgets.charge(peer('newcomer'), 1, at(0));
  assert.equal(budgets.waitMs(peer(1), at(0)), 0, 'forgotten');
  assert.notEqual(budgets.waitMs(peer(0), at(0)), 0);
  assert.notEqual(budgets.waitMs(peer(2), at(0)), 0);
  assert.equal(budgets.spent(at(0)).length, limits.peerBudgetsMax - 1);
});

test('who was charged much is remembered longer than those who were charged little', () => {
  const budgets = new PeerBudgets(1_000_000);
  budgets.charge(peer('pump'), 5_000, at(0));
  for (let i = 0; i < limits.peerBudgetsMax * 2; i++) budgets.charge(peer(i), 10, at(day));
  assert.deepEqual(budgets.mostCharged(1), [{ peer: peer('pump'), chargedBytes: 5_000 }]);
  assert.equal(budgets.mostCharged(Number.POSITIVE_INFINITY).length, limits.peerBudgetsMax);
});
