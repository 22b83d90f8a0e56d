/** Whose a damaged record was, by its key alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DamagedRecords } from '../../src/gateway/damaged-records.ts';

test('kinds that begin with an endpoint name tell it; others do not', () => {
  const damaged = new DamagedRecords();
  assert.equal(damaged.add('rg/valve%20north%2F3'), 'valve north/3');
  assert.equal(damaged.add('wi/meter-17/%2F3303%2F0'), 'meter-17');
  assert.equal(damaged.add('as/0123'), undefined);
  assert.equal(damaged.add('zz/what'), undefined);
  assert.equal(damaged.add('cr/%E0%A4%A'), undefined);
  assert.deepEqual([damaged.count, damaged.endpoints], [5, ['valve north/3', 'meter-17']]);
});

test('an owner who is known otherwise is named too', () => {
  const damaged = new DamagedRecords();
  assert.equal(damaged.add('aw/0123', 'pump'), 'pump');
  assert.equal(damaged.add('rg/meter', 'pump'), 'meter');
  assert.deepEqual(damaged.endpoints, ['pump', 'meter']);
});

test('only a few are named, however many there are', () => {
  const damaged = new DamagedRecords();
  for (let i = 0; i < 100; i++) damaged.add(`cr/d${i}`);
  assert.deepEqual([damaged.count, damaged.endpoints], [100, ['d0', 'd1', 'd2']]);
});
