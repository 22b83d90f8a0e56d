/** Which operations a list holds, and that a caller who goes on behind the last id sees each once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listedOperations } from '../../src/gateway/listed-operations.ts';
import type { OperationState, OperationsQuery } from '../../src/gateway/views.ts';

const states: readonly OperationState[] = ['done', 'queued', 'in-doubt', 'done', 'queued', 'failed', 'done'];
const all = states.map((state, i) => ({ id: 10 + i, endpoint: i % 2 === 0 ? 'meter' : 'pump', state }));

test('all, by id, as many at a time as are asked for', () => {
  const first = listedOperations(all, query({ limit: 3 }));
  assert.deepEqual([ids(first), first.more], [[10, 11, 12], true]);
  const second = listedOperations(all, query({ from: { after: 12 }, limit: 4 }));
  assert.deepEqual([ids(second), second.more], [[13, 14, 15, 16], false]);
  const end = listedOperations(all, query({ from: { after: 16 } }));
  assert.deepEqual([ids(end), end.more], [[], false]);
});

test('of one device, in some states, the newest so many of what fits', () => {
  assert.deepEqual(ids(listedOperations(all, query({ endpoint: 'pump' }))), [11, 13, 15]);
  assert.deepEqual(ids(listedOperations(all, query({ states: ['queued', 'in-doubt'] }))), [11, 12, 14]);
  const newest = query({ endpoint: 'meter', states: ['done', 'queued'], from: { last: 2 } });
  assert.deepEqual(ids(listedOperations(all, newest)), [14, 16]);
  assert.deepEqual(ids(listedOperations(all, query({ from: { last: 99 } }))), ids({ operations: all }));
  assert.deepEqual(ids(listedOperations(all, query({ from: { last: 0 } }))), []);
});

test('the newest so many in chunks: the second goes on where the first ended', () => {
  const first = listedOperations(all, query({ from: { last: 4 }, limit: 3 }));
  assert.deepEqual([ids(first), first.more], [[13, 14, 15], true]);
  assert.deepEqual(ids(listedOperations(all, query({ from: { after: 15 }, limit: 3 }))), [16]);
});

function query(over: Partial<OperationsQuery>): OperationsQuery {
  return { kind: 'operations', from: { after: 0 }, limit: 100, ...over };
}

function ids({ operations }: { readonly operations: readonly { readonly id: number }[] }): number[] {
  return operations.map(({ id }) => id);
}
