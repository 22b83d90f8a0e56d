/** What a damaged record was, and whose, by its key alone. */
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

test('they are told by kind, in words, and only a few kinds by name', () => {
  const damaged = new DamagedRecords();
  damaged.add('rg/meter-17');
  damaged.add('aw/0123', 'meter-17');
  damaged.add('aw/0124', 'meter-18');
  assert.deepEqual(damaged.what, ['a registration', '2 receive windows']);
  for (const key of ['zz/what', 'ss/1', 'without', 'aw/0125']) damaged.add(key);
  assert.deepEqual(damaged.what, ['a registration', '3 receive windows', 'a record zz/', '2 other records']);
});
