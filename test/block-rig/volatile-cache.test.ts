/** What survives a cut, under each policy; no disk and no root here. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Random } from '../simulation/random.ts';
import { blockBytes, type CutFigures, type CutPolicy, VolatileCache } from './volatile-cache.ts';

const blocks = 8;
const sectorBytes = 512;

let disk: Uint8Array;
let cache: VolatileCache;

beforeEach(() => {
  disk = new Uint8Array(blocks * blockBytes);
  cache = new VolatileCache({
    read: (offset, length) => disk.subarray(offset, offset + length),
    write: (offset, bytes) => disk.set(bytes, offset),
  });
});

const block = (number: number): Uint8Array => disk.subarray(number * blockBytes, (number + 1) * blockBytes);
const filled = (value: number, length = blockBytes): Uint8Array => new Uint8Array(length).fill(value);
const writeBlock = (number: number, value: number): void => cache.write(number * blockBytes, filled(value));

/** Writes 1, 2, 3 to every block after a flushed 9, cuts, and hands over what is found, for many seeds. */
function cuts(policy: CutPolicy, look: (figures: CutFigures) => void): void {
  for (let seed = 1; seed <= 50; seed++) {
    for (let number = 0; number < blocks; number++) writeBlock(number, 9);
    cache.flush();
    for (const value of [1, 2, 3]) for (let number = 1; number < blocks; number++) writeBlock(number, value);
    look(cache.cut(policy, new Random(seed)));
  }
}

describe('a volatile cache', () => {
  it('is read through, also in parts of blocks, and changes nothing on the medium', () => {
    cache.write(blockBytes - 2, Uint8Array.of(1, 2, 3, 4));
    cache.write(blockBytes - 1, Uint8Array.of(5));
    assert.deepEqual([...cache.read(blockBytes - 3, 6)], [0, 1, 5, 3, 4, 0]);
    assert.ok(disk.every((byte) => byte === 0));
  });

  it('brings the newest of everything onto the medium with a flush', () => {
    writeBlock(2, 1);
    writeBlock(2, 2);
    cache.flush();
    assert.deepEqual(block(2), filled(2));
    assert.deepEqual(cache.cut('drop', new Random(1)), { unflushed: 0, dropped: 0, kept: 0, torn: 0 });
    assert.deepEqual(block(2), filled(2));
  });

  it('is empty after a cut', () => {
    writeBlock(2, 1);
    cache.cut('drop', new Random(1));
    assert.deepEqual(cache.read(2 * blockBytes, blockBytes), filled(0));
  });
});

describe('a cut', () => {
  it('never touches what was flushed, under any policy', () => {
    for (const policy of ['drop', 'subset', 'torn'] as const) cuts(policy, () => assert.deepEqual(block(0), filled(9)));
  });

  it('drops all that was not flushed', () => {
    cuts('drop', (figures) => {
      assert.deepEqual(figures, { unflushed: blocks - 1, dropped: blocks - 1, kept: 0, torn: 0 });
      assert.ok(disk.every((byte) => byte === 9));
    });
  });

  it('leaves of a subset any one version of each block, whole, and each sometimes', () => {
    const seen = new Set<number>();
    cuts('subset', ({ dropped, kept, torn }) => {
      const values = Array.from({ length: blocks - 1 }, (_, index) => block(index + 1)[0] ?? 0);
      for (const [index, value] of values.entries()) assert.deepEqual(block(index + 1), filled(value));
      for (const value of values) seen.add(value);
      assert.deepEqual([dropped, kept, torn], [count(values, 9), values.length - count(values, 9), 0]);
    });
    assert.deepEqual([...seen].sort(), [1, 2, 3, 9]);
  });

  it('tears blocks between two successive versions, sector by sector', () => {
    const mixtures = new Set<string>();
    cuts('torn', ({ torn }) => {
      let mixed = 0;
      for (let number = 1; number < blocks; number++) {
        const sectors = Array.from({ length: blockBytes / sectorBytes }, (_, index) => sector(number, index));
        const kinds = [...new Set(sectors)].sort().join('');
        if (kinds.length > 1) mixed++;
        if (kinds.length > 1) mixtures.add(kinds);
      }
      assert.equal(mixed, torn);
    });
    assert.deepEqual([...mixtures].sort(), ['12', '19', '23']);
  });

  it('repeats with its seed', () => {
    const found = [1, 2].map(() => {
      const images: string[] = [];
      cuts('torn', () => images.push(Buffer.from(disk).toString('hex')));
      return images;
    });
    assert.deepEqual(found[0], found[1]);
  });
});

/** Its one value: a sector is never mixed. */
function sector(number: number, index: number): number {
  const bytes = block(number).subarray(index * sectorBytes, (index + 1) * sectorBytes);
  const value = bytes[0] ?? 0;
  assert.ok(bytes.every((byte) => byte === value));
  return value;
}

function count(values: readonly number[], wanted: number): number {
  return values.filter((value) => value === wanted).length;
}
