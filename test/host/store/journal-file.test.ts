/** The file of the ring: made whole or not at all, written in place, read as a whole. */
import assert from 'node:assert/strict';
import {
  type FileHandle,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { frameBytes } from '../../../src/commit/journal/frame.ts';
import { openRingFile, readRing } from '../../../src/host/store/journal-file.ts';

const ringBytes = 16 * frameBytes;

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'holdfast-ring-'));
  path = join(directory, 'journal');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('a ring that is made anew', () => {
  it('is of its full size, all zeros, with real blocks, for this account alone, and alone', async () => {
    const ring = await openRingFile(path, ringBytes, true);
    await ring.close();
    const { size, mode, blocks } = await stat(path);
    assert.deepEqual([size, mode & 0o777], [ringBytes, 0o600]);
    assert.ok(blocks * 512 >= ringBytes, 'writing in place needs no space');
    assert.deepEqual(await readRing(path, ringBytes), new Uint8Array(ringBytes));
    assert.deepEqual(await readdir(directory), ['journal']);
  });

  it('takes the place of the one before as a whole', async () => {
    await writeFile(path, new Uint8Array(ringBytes).fill(1));
    const ring = await openRingFile(path, ringBytes, true);
    await ring.close();
    assert.deepEqual(await readRing(path, ringBytes), new Uint8Array(ringBytes));
  });

  it('that cannot be finished leaves the one before, and nothing else', async () => {
    await writeFile(path, new Uint8Array(ringBytes).fill(1));
    await mkdir(`${path}.new`);
    await assert.rejects(openRingFile(path, ringBytes, true), { code: 'EISDIR' });
    assert.deepEqual(await readRing(path, ringBytes), new Uint8Array(ringBytes).fill(1));
  });
});

it('frames are written in place: nothing grows, nothing else changes', async () => {
  const ring = await openRingFile(path, ringBytes, true);
  const frame = new Uint8Array(frameBytes).fill(7);
  await ring.writeDurably([
    { offset: 15 * frameBytes, bytes: frame },
    { offset: 0, bytes: frame },
  ]);
  await ring.close();
  const found = await readFile(path);
  assert.equal(found.length, ringBytes);
  assert.deepEqual(
    Array.from({ length: 16 }, (_, slot) => found[slot * frameBytes]),
    [7, ...Array.from({ length: 14 }, () => 0), 7],
  );
});

it('what is no ring of this size is said to be so', async () => {
  assert.equal(await readRing(path, ringBytes), 'absent');
  await writeFile(path, new Uint8Array(ringBytes));
  await truncate(path, ringBytes - 1);
  assert.equal(await readRing(path, ringBytes), 'another size');
  await rm(path);
  await mkdir(path);
  assert.ok(['unreadable', 'another size'].includes((await readRing(path, ringBytes)) as string));
});

it('what is read of a ring is on the device, whoever wrote it', async (context) => {
  await writeFile(path, new Uint8Array(ringBytes).fill(1));
  const handle = await open(path);
  const synced = context.mock.method(Object.getPrototypeOf(handle) as FileHandle, 'datasync');
  await handle.close();
  await readRing(path, ringBytes);
  assert.equal(synced.mock.callCount(), 1);
});
