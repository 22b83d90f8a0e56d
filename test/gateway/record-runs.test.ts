import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredRecord } from '../../src/commit/commit.ts';
import { RecordRuns } from '../../src/gateway/record-runs.ts';

const record = (key: string, length: number): StoredRecord => ({ key, value: new Uint8Array(length).fill(key.length) });

test('the records of a device come back once, in their order, whatever came in between', () => {
  const runs = new RecordRuns();
  const meters = [
    record('rl/meter/1', 3),
    record('rl/meter/22', 0),
    record('wi/meter/x', 70_000),
    record('a/meter', 9),
  ];
  const pumps = [record('rl/pump/1', 5)];
  for (const one of [...meters.slice(0, 2), ...pumps, ...meters.slice(2)]) runs.add(one.key.split('/')[1] ?? '', one);
  assert.deepEqual([runs.size, runs.has('meter'), runs.has('met')], [2, true, false]);
  assert.deepEqual(runs.take('meter'), meters);
  assert.deepEqual([runs.take('meter'), runs.has('meter')], [[], false]);
  assert.deepEqual(runs.take('pump'), pumps);
});
