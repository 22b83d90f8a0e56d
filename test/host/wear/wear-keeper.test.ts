import assert from 'node:assert/strict';
import { test } from 'node:test';
import { day, type Monotonic } from '../../../src/base/instants.ts';
import { WearKeeper } from '../../../src/host/wear/wear-keeper.ts';

test('the counts of a day: of the store, of what it costs, of the device', () => {
  const { keeper, counted } = scene();
  Object.assign(counted, { commits: 3, bytes: 1_200, journalBytes: 12_288, databaseBatches: 2, databaseBytes: 40_000 });
  counted.device += 90_000;
  const { last24Hours, totals, state, spacingMs, budgetBytesPerDay } = keeper.information();
  assert.deepEqual(last24Hours, {
    writtenBytes: 12_288 + 2 * 18_000 + 2 * 40_000,
    logicalBytes: 1_200,
    commits: 3,
    journalBytes: 12_288,
    databaseBytes: 40_000,
    deviceBytes: 90_000,
  });
  assert.deepEqual(totals, last24Hours);
  assert.deepEqual([state, spacingMs, budgetBytesPerDay], ['within', 500, 800_000]);
});

test('too much written makes commits wait longer; what came back lets them go on as before', () => {
  const { keeper, counted, spacings, pass } = scene();
  keeper.govern();
  counted.journalBytes += 150_000;
  keeper.govern();
  counted.journalBytes += 150_000;
  keeper.govern();
  assert.equal(keeper.information().state, 'over');
  pass(day);
  keeper.govern();
  assert.deepEqual(spacings, [500, 1_000, 1_000, 500]);
});

function scene() {
  const counted = { commits: 0, bytes: 0, journalBytes: 0, databaseBatches: 0, databaseBytes: 0, device: 7_000 };
  const spacings: number[] = [];
  let nowMs = 0;
  const keeper = new WearKeeper({
    source: { statistics: () => counted },
    scheduler: { setSpacing: (spacingMs) => void spacings.push(spacingMs) },
    budget: { bytesPerDay: 800_000, enduranceBytes: undefined },
    spacingMs: 500,
    stateDirectory: '.',
    now: () => nowMs as Monotonic,
    deviceBytes: () => counted.device,
  });
  const pass = (forMs: number): void => {
    nowMs += forMs;
  };
  return { keeper, counted, spacings, pass };
}
