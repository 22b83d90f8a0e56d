/** How many datagrams one host may send. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { address } from '../../src/base/address.ts';
import type { Monotonic } from '../../src/base/instants.ts';
import { limits } from '../../src/base/limits.ts';
import { SourceLimits } from '../../src/gateway/source-limits.ts';

const at = (ms: number): Monotonic => ms as Monotonic;
const { sourceDatagramsBurst: burst, sourceDatagramsPerSecond: rate } = limits;

test('a host has a burst and then its rate, whatever ports it uses', () => {
  const sources = new SourceLimits();
  assert.equal(taken(sources, 'x', 2 * burst, 0), burst);
  assert.equal(taken(sources, 'x', burst, 1_000), rate);
});

test('another burst and rate, where an operator wants them', () => {
  const sources = new SourceLimits({ sourceDatagramsPerSecond: 2, sourceDatagramsBurst: 5 });
  assert.equal(taken(sources, 'x', 20, 0), 5);
  assert.equal(taken(sources, 'x', 20, 1_000), 2);
});

test('one host takes nothing from another', () => {
  const sources = new SourceLimits();
  taken(sources, 'x', 2 * burst, 0);
  assert.equal(taken(sources, 'y', 1, 0), 1);
});

test('so many hosts are remembered; idle ones make room first', () => {
  const sources = new SourceLimits();
  taken(sources, 'busy', 2 * burst, 0);
  for (let i = 1; i < limits.sourcesTrackedMax; i++) taken(sources, `h${i}`, 1, 0);
  assert.equal(remembered(sources).size, limits.sourcesTrackedMax);
  taken(sources, 'new', 1, 1_000);
  assert.deepEqual([...remembered(sources).keys()], ['busy', 'new']);
  assert.equal(taken(sources, 'busy', burst, 1_000), rate);
});

test('when all are busy the oldest is forgotten, never more are kept', () => {
  const sources = new SourceLimits();
  for (let i = 0; i < limits.sourcesTrackedMax; i++) taken(sources, `h${i}`, 2, 0);
  for (let i = 0; i < 10; i++) taken(sources, `new${i}`, 2, 1);
  assert.equal(remembered(sources).size, limits.sourcesTrackedMax);
  assert.equal(remembered(sources).has('h9'), false);
  assert.equal(remembered(sources).has('h10'), true);
});

function taken(sources: SourceLimits, host: string, times: number, ms: number): number {
  let count = 0;
  for (let i = 0; i < times; i++) if (sources.take(address(host, 1 + (i % 60_000)), at(ms))) count++;
  return count;
}

function remembered(sources: SourceLimits): Map<string, unknown> {
  return (sources as unknown as { buckets: Map<string, unknown> }).buckets;
}
