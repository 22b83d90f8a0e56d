import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countedRecords, kindName } from '../../src/records/kinds.ts';

test('records are told by what a person calls them', () => {
  assert.deepEqual([countedRecords('rg/', 1), countedRecords('aw/', 2)], ['a registration', '2 receive windows']);
  assert.equal(kindName('rg/'), 'registrations');
});

test('records of no known kind are told by the beginning of their keys', () => {
  assert.deepEqual([countedRecords('zz/', 1), countedRecords('zz/', 3)], ['a record zz/', '3 records zz/']);
});
