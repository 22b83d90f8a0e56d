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

test('who has used most stands first; what came back is not used', () => {
  const budgets = new PeerBudgets(2_400);
  budgets.charge(peer('lamp'), 10, at(0));
  budgets.charge(peer('pump'), 600, at(0));
  budgets.charge(peer('meter'), 1_200, at(0));
  const used = budgets.used(at(hour)).map((one) => [one.peer, Math.round(one.bytes)]);
  assert.deepEqual(used, [
    [peer('meter'), 1_100],
    [peer('pump'), 500],
  ]);
  assert.deepEqual(budgets.used(at(day)), []);
});

test('of more peers than are remembered the one charged longest ago begins anew', () => {
  const budgets = new PeerBudgets(100);
  for (let i = 0; i < limits.peerBudgetsMax; i++) budgets.charge(peer(i), 200, at(0));
  budgets.charge(peer(0), 1, at(0));
  budgets.charge(peer('newcomer'), 1, at(0));
  assert.equal(budgets.waitMs(peer(1), at(0)), 0, 'forgotten');
  assert.notEqual(budgets.waitMs(peer(0), at(0)), 0);
  assert.notEqual(budgets.waitMs(peer(2), at(0)), 0);
  assert.equal(budgets.spent(at(0)).length, limits.peerBudgetsMax - 1);
});
