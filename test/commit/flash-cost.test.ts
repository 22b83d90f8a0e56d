import assert from 'node:assert/strict';
import { it } from 'node:test';
import { flashBytes } from '../../src/commit/flash-cost.ts';

it('a day of 1,000 devices with notifications comes to what was measured on a device: 942 million bytes', () => {
  const journalBytes = 173_304 * 4_096;
  const bytes = flashBytes({ journalBytes, databaseBatches: 1_440, databaseBytes: 95_000_000 });
  assert.ok(Math.abs(bytes - 942e6) < 40e6, `${bytes}`);
});

it('a frame costs what it is, a batch at least what surrounds it', () => {
  assert.equal(flashBytes({ journalBytes: 4_096, databaseBatches: 0, databaseBytes: 0 }), 4_096);
  assert.equal(flashBytes({ journalBytes: 0, databaseBatches: 2, databaseBytes: 500 }), 37_000);
});
