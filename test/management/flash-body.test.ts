import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FlashBody } from '../../src/api/bodies/flash.ts';
import { answered, ask, FakeKnowledge } from './fake-knowledge.ts';

function flash(servingSeconds: number): FlashBody {
  const knowledge = new FakeKnowledge();
  knowledge.servingSeconds = servingSeconds;
  return answered(knowledge, ask('GET', '/api/holdfast/flash')).json() as FlashBody;
}

test('who causes most, and for how long he has to wait', () => {
  const { devices, deviceBudgetBytesPerDay, budgetBytesPerDay, writtenBytes24h } = flash(192);
  assert.deepEqual(devices, [
    { endpoint: 'meter-17', peer: 'field|meter-17', chargedBytes: 61_200_000, usedBytes: 50_000_400, waitSeconds: 1 },
    { endpoint: null, peer: 'field|stranger', chargedBytes: 900, usedBytes: 400, waitSeconds: 0 },
  ]);
  assert.deepEqual([deviceBudgetBytesPerDay, budgetBytesPerDay, writtenBytes24h], [50e6, 1_095_890_410, 38_200_000]);
});

test('the years at this rate: by the last day, by what there is of it, not by the first minutes', () => {
  assert.equal(flash(192).servingSeconds, 192);
  assert.equal(flash(192).yearsAtThisRate, null);
  assert.equal(flash(43_200).yearsAtThisRate, 143.4);
  assert.equal(flash(86_400).yearsAtThisRate, 286.9);
  assert.equal(flash(8_640_000).yearsAtThisRate, 286.9);
});
