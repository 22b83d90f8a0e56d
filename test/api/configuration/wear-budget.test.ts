/** What may be written a day: said outright, or worked out from the card and the years that it is to last. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effectiveToml } from '../../../src/api/configuration/effective.ts';
import { readConfiguration } from '../../../src/api/configuration/read-configuration.ts';

const read = (store: string) => readConfiguration(`[store]\n${store}\n`, '/var/lib/holdfast');
const budget = (store: string) => read(store).configuration.wearBudget;

test('a card of 4 TB that is to last ten years may be written 1.1 GB a day', () => {
  assert.deepEqual(budget(''), { bytesPerDay: 1_095_890_410, enduranceBytes: 4e12 });
  assert.equal(budget('endurance = 20\nyears = 5').bytesPerDay, 10_958_904_109);
});

test('a budget said outright counts, and nothing is said of the card', () => {
  assert.deepEqual(budget('daily_budget = 300'), { bytesPerDay: 300e6, enduranceBytes: undefined });
});

test('without endurance there is no budget', () => {
  assert.deepEqual(budget('endurance = 0'), { bytesPerDay: undefined, enduranceBytes: undefined });
});

test('a budget that is said twice is refused', () => {
  assert.deepEqual(read('daily_budget = 300\nyears = 3\nendurance = 4').problems, [
    {
      line: 4,
      text: 'store.daily_budget is 300 MB and store.endurance 4 TB; say only one of them.',
    },
  ]);
  assert.match(read('daily_budget = -1').problems[0]?.text ?? '', /it is 0 to 10000000 MB\.$/);
});

test('what is printed of either is valid input and means the same', () => {
  for (const said of ['', 'daily_budget = 300', 'daily_budget = 0', 'endurance = 0', 'device_daily_budget = 7']) {
    const first = read(said);
    const second = readConfiguration(effectiveToml(first.keys), '/elsewhere');
    assert.deepEqual(second.problems, [], said);
    assert.deepEqual(second.configuration, first.configuration);
  }
});

test('the budget of a device', () => {
  assert.equal(read('').configuration.peerBytesPerDay, 50_000_000);
  assert.equal(read('device_daily_budget = 0').configuration.peerBytesPerDay, 0);
});
