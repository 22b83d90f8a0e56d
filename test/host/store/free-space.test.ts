/** Little room on the disk: batches are refused in time, and a ballast is kept for the reopening. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { limits } from '../../../src/base/limits.ts';
import { FreeSpace, freeBytesOnDisk } from '../../../src/host/store/free-space.ts';
import { isStoreError } from '../../contracts/store-scene.ts';

const ballastBytes = 3_000_000;
const plenty = limits.freeSpaceBytesMin + 2 * ballastBytes;

let directory: string;
let ballast: string;
let free: number;
let asked: number;
let now: number;
let space: FreeSpace;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'holdfast-space-'));
  ballast = join(directory, 'ballast');
  [free, asked, now] = [plenty, 0, 1_000];
  space = new FreeSpace({
    ballast,
    ballastBytes,
    freeBytes: async () => {
      asked++;
      if (free < 0) throw new Error('Input/output error');
      return free;
    },
    monotonicMs: () => now,
  });
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('a check', () => {
  it('refuses below the limit, and not at it', async () => {
    free = limits.freeSpaceBytesMin - 1;
    await assert.rejects(space.check(), isStoreError('full'));
    await assert.rejects(space.check(), /15 MiB left; less than 16 are kept/);
    free = limits.freeSpaceBytesMin;
    await space.check();
  });

  it('asks the disk once in a while, and every time while there is too little', async () => {
    for (let i = 0; i < 3; i++) await space.check();
    assert.equal(asked, 1);
    now += limits.freeSpaceCheckedMs;
    free = 0;
    for (let i = 0; i < 3; i++) await assert.rejects(space.check());
    assert.equal(asked, 4);
  });

  it('of a disk that does not tell refuses nothing', async () => {
    free = -1;
    await space.check();
  });
});

describe('the ballast', () => {
  it('takes up real blocks, once there is plenty of room', async () => {
    free = plenty - 1;
    space.begin();
    await space.settled();
    await assert.rejects(stat(ballast));
    free = plenty;
    space.begin();
    await space.settled();
    const { size, blocks } = await stat(ballast);
    assert.equal(size, ballastBytes);
    assert.ok(blocks * 512 >= ballastBytes);
  });

  it('is made anew after it was dropped, or cut short, when a check finds room', async () => {
    assert.equal(await space.dropBallast(), false);
    space.begin();
    assert.equal(await space.dropBallast(), true);
    await assert.rejects(stat(ballast));
    await writeFile(ballast, 'cut short');
    await space.check();
    await space.settled();
    assert.equal((await stat(ballast)).size, ballastBytes);
  });

  it('that is there is left alone', async () => {
    await writeFile(ballast, new Uint8Array(ballastBytes));
    const { mtimeMs } = await stat(ballast);
    space.begin();
    await space.settled();
    assert.equal((await stat(ballast)).mtimeMs, mtimeMs);
  });
});

it('the disk says how much is free', async () => {
  const bytes = await freeBytesOnDisk(directory);
  assert.ok(Number.isSafeInteger(bytes) && bytes >= 0);
});
