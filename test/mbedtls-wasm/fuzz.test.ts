/** Damaged flights and records in every state of a connection: no crash, no harm to what is established, no leak. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordedDatagrams } from './corpus.ts';
import { fuzzDtls } from './fuzzing.ts';

test('200,000 damaged datagrams in every state of a connection do no harm', () => {
  const report = fuzzDtls(200_000, 7, recordedDatagrams());
  assert.ok(report.datagrams >= 200_000);
  for (const [state, count] of Object.entries(report.byState)) assert.ok(count > 10_000, `${state}: ${count}`);
  for (const verdict of ['accepted', 'not-trusted', 'unsupported'])
    assert.ok(report.verdicts[`chain: ${verdict}`], verdict);
  assert.ok(Object.keys(report.verdicts).length >= 8, `verdicts: ${Object.keys(report.verdicts).join(' ')}`);
});
