import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import type { StoredRecord, Write } from '../../../src/commit/commit.ts';
import { mergedChunks } from '../../../src/host/store/merged-chunks.ts';

it('newer writes lie over older records, in key order, in chunks that are no larger than asked for', async () => {
  const keys = fc.uniqueArray(fc.stringMatching(/^[a-z/]{1,3}$/), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(keys, keys, keys, async (kept, put, removed) => {
      const newer: Write[] = [
        ...put.map((key) => ({ key, value: new Uint8Array([2]) })),
        ...removed.filter((key) => !put.includes(key)).map((key) => ({ key, value: undefined })),
      ];
      const merged: StoredRecord[] = [];
      for await (const chunk of mergedChunks(chunksOf(kept.toSorted()), newer, 3)) {
        assert.ok(chunk.length > 0 && chunk.length <= 3);
        merged.push(...chunk);
      }
      const expected = new Map(kept.map((key) => [key, 1]));
      for (const { key, value } of newer) value === undefined ? expected.delete(key) : expected.set(key, 2);
      assert.deepEqual(
        merged.map(({ key, value }) => [key, value[0]]),
        [...expected].toSorted(([a], [b]) => (a < b ? -1 : 1)),
      );
    }),
    { seed: 41, numRuns: 300 },
  );
});

async function* chunksOf(keys: readonly string[]): AsyncIterable<StoredRecord[]> {
  for (let at = 0; at < keys.length; at += 3) {
    yield keys.slice(at, at + 3).map((key) => ({ key, value: new Uint8Array([1]) }));
  }
}
