import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf, type Piece, Slabs } from '../../src/records/slab.ts';

test('pieces come back as they were, however large, and do not share what was handed in', () => {
  const slabs = new Slabs();
  const kept: { piece: Piece; first: number; length: number }[] = [];
  for (const [index, length] of [0, 1, 200, 65_536, 3, 70_000, 40_000, 30_000].entries()) {
    const bytes = new Uint8Array(length).fill(index + 1);
    kept.push({ piece: slabs.add(bytes), first: index + 1, length });
    bytes.fill(0);
  }
  for (const { piece, first, length } of kept) assert.deepEqual(bytesOf(piece), new Uint8Array(length).fill(first));
});

test('neighbours share a slab, and a full one is not held by those that came after it', () => {
  const slabs = new Slabs();
  const [a, b] = [slabs.add(new Uint8Array(40_000)), slabs.add(new Uint8Array(20_000))];
  const c = slabs.add(new Uint8Array(10_000));
  assert.equal(a.slab, b.slab);
  assert.notEqual(b.slab, c.slab);
});
