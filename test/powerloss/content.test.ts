import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Content, pageBytes } from './content.ts';

const bytesOf = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);

test('a change makes a new content and leaves the old one as it was', () => {
  const old = Content.of(bytesOf(6_000, 1));
  const changed = old.with([{ kind: 'write', offset: 4_000, bytes: bytesOf(200, 2) }]);
  assert.deepEqual(old.bytes(), bytesOf(6_000, 1));
  const expected = bytesOf(6_000, 1).fill(2, 4_000, 4_200);
  assert.deepEqual(changed.bytes(), expected);
});

test('what is preallocated costs nothing until something is written', () => {
  const ring = Content.empty.with([{ kind: 'zeros', offset: 0, length: 100 * pageBytes }]);
  assert.equal(ring.length, 100 * pageBytes);
  assert.deepEqual([...ring.runs()], []);
  const written = ring.with([{ kind: 'write', offset: 50 * pageBytes, bytes: bytesOf(2 * pageBytes, 7) }]);
  const runs = Array.from(written.runs(), ({ offset, bytes }) => [offset, bytes.length]);
  assert.deepEqual(runs, [[50 * pageBytes, 2 * pageBytes]]);
});

test('what was cut off does not come back', () => {
  const cut = Content.of(bytesOf(5_000, 1)).with([
    { kind: 'truncate', length: 10 },
    { kind: 'write', offset: 20, bytes: bytesOf(1, 3) },
  ]);
  assert.deepEqual([...cut.bytes()], [...bytesOf(10, 1), ...bytesOf(10, 0), 3]);
});

test('equal contents have equal signatures, however they came about', () => {
  const atOnce = Content.of(bytesOf(9_000, 5));
  const inTwo = Content.of(bytesOf(4_500, 5)).with([{ kind: 'write', offset: 4_500, bytes: bytesOf(4_500, 5) }]);
  const overwritten = atOnce.with([{ kind: 'write', offset: 8_999, bytes: bytesOf(1, 6) }]);
  assert.equal(atOnce.signature(), inTwo.signature());
  assert.notEqual(atOnce.signature(), overwritten.signature());
  assert.notEqual(atOnce.signature(), atOnce.with([{ kind: 'zeros', offset: 9_000, length: 1 }]).signature());
});
