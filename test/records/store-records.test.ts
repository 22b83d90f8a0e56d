/** The store's own records: each comes back, none from damage, from another's value or from a version to come. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { cleanStopKey, decodeCleanStop, encodeCleanStop } from '../../src/records/clean-stop-record.ts';
import { encodeRecord } from '../../src/records/envelope.ts';
import { decodeGeneration, encodeGeneration, generationKey } from '../../src/records/generation-record.ts';
import { decodeLastBatch, encodeLastBatch, lastBatchKey } from '../../src/records/last-batch-record.ts';
import { currentSchema, decodeSchema, encodeSchema, schemaKey } from '../../src/records/schema-record.ts';

const kinds = [
  { key: generationKey, sample: 41, encode: encodeGeneration, decode: decodeGeneration },
  { key: cleanStopKey, sample: 41, encode: encodeCleanStop, decode: decodeCleanStop },
  { key: schemaKey, sample: currentSchema, encode: encodeSchema, decode: decodeSchema },
  { key: lastBatchKey, sample: { start: 41, batch: 7 }, encode: encodeLastBatch, decode: decodeLastBatch },
] as const;

for (const { key, sample, encode, decode } of kinds) {
  it(`${key} comes back, and only whole`, () => {
    const value = (encode as (sample: unknown) => Uint8Array)(sample);
    assert.deepEqual(decode(value), sample);
    assert.equal(decode(value.subarray(0, -1)), undefined);
    for (const { key: otherKey } of kinds)
      if (otherKey !== key) assert.equal(decode(encodeRecord(otherKey, 1, sample)), undefined);
    assert.equal(decode(encodeRecord(key, 1, {})), undefined);
    assert.equal(decode(encodeRecord(key, 1, 'words')), undefined);
    assert.equal(
      decode(encodeRecord(key, 2, { generation: 41, schema: 1, minReader: 1, start: 1, batch: 1 })),
      undefined,
    );
  });
}
