import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { secondsOfDateTime } from '../../src/lwm2m/date-time.ts';

test('every instant comes out as the platform reckons it', () => {
  const instants = fc.integer({ min: Date.UTC(-1, 0) / 1_000, max: Date.UTC(9_999, 11) / 1_000 });
  fc.assert(
    fc.property(instants, (seconds) => {
      const text = new Date(seconds * 1_000).toISOString();
      if (!text.startsWith('-')) assert.equal(secondsOfDateTime(text), seconds, text);
    }),
    { seed: 1, numRuns: 500 },
  );
});

test('a zone is taken off, fractions are dropped', () => {
  assert.equal(secondsOfDateTime('1970-01-01T01:30:00.999+01:30'), 0);
  assert.equal(secondsOfDateTime('1969-12-31t23:00:00-01:00'), 0);
});

test('what is no date, or has no zone, is refused', () => {
  for (const text of [
    '',
    '2026-13-01T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:00:00',
    '2026-01-01',
  ])
    assert.equal(secondsOfDateTime(text), undefined, text);
  assert.notEqual(secondsOfDateTime('2024-02-29T00:00:00Z'), undefined);
});
