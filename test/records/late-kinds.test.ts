import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceIn, devicePrefixes, deviceText, isLate, lastPrefixes } from '../../src/records/late-kinds.ts';

test('a late record is of the device that its key names, with or without more behind it', () => {
  assert.deepEqual(['rg/a%20b', 'rl/a%20b/%2F3/0a'].map(deviceIn), [deviceText('a b'), deviceText('a b')]);
  assert.ok(deviceText('a-b') < deviceText('a'), 'devices come in the order of their keys');
});

test('those of no device come after all devices', () => {
  for (const prefix of lastPrefixes) assert.ok(deviceIn(`${prefix}00ff`) > deviceText('\u{10ffff}'), prefix);
});

test('whoever answers over a connection needs no late record to find it, nor its young events', () => {
  for (const prefix of ['as/', 'aw/', 'ev/', 'op/', 'mu/', 'rd/', 'tk/', 'ut/'])
    assert.equal(isLate(`${prefix}x`), false);
  for (const prefix of [...devicePrefixes, ...lastPrefixes]) assert.equal(isLate(`${prefix}x`), true, prefix);
});
