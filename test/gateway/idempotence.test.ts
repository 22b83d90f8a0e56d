/** What may be asked of a device once more when it is not known whether it was done. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesNothing, mayBeRepeated } from '../../src/gateway/idempotence.ts';
import { read, reboot, write, writeServer } from './operated-gateway.ts';

test('what reads may be repeated, and what leaves the same value; an Execute and a write that begins something may not', () => {
  assert.deepEqual([read, write, reboot, writeServer].map(mayBeRepeated), [true, true, false, false]);
  assert.deepEqual([read, write, reboot].map(changesNothing), [true, false, false]);
});
