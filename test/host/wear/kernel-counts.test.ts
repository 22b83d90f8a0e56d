import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { bytesInStat, deviceCounter, deviceNumber } from '../../../src/host/wear/kernel-counts.ts';

test('device numbers as glibc puts them together', () => {
  assert.equal(deviceNumber(0x0801n), '8:1');
  assert.equal(deviceNumber(0xb302n), '179:2');
  assert.equal(deviceNumber(0x10_3105n), '49:261', 'a minor above 255');
  assert.equal(deviceNumber((0x1n << 44n) | 0x0801n), '4104:1', 'a major above 4095');
});

test('sectors written are of 512 bytes; without the file, or with another, nothing is known', () => {
  const line = '   12345  6  789012  345  67890  11  2048  22  0  33  44\n';
  assert.equal(bytesInStat(line), 1_048_576);
  assert.equal(bytesInStat(undefined), null);
  assert.equal(bytesInStat('1 2 3'), null);
});

test('block devices of this machine are read in that form', { skip: !existsSync('/sys/dev/block') }, () => {
  for (const name of readdirSync('/sys/dev/block')) {
    const bytes = bytesInStat(readFileSync(`/sys/dev/block/${name}/stat`, 'latin1'));
    assert.ok(bytes !== null && bytes >= 0, name);
  }
});

test('what is in memory is on no device', { skip: !existsSync('/dev/shm') }, () => {
  assert.equal(deviceCounter('/dev/shm')(), null);
});
