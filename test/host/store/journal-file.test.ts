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
import { afterEach, beforeEach, describe, it, type TestContext } from 'node:test';
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
    assert.deepEqual((await readRing(path, ringBytes)).ring, new Uint8Array(ringBytes));
    assert.deepEqual(await readdir(directory), ['journal']);
  });

  it('takes the place of the one before as a whole', async () => {
    await writeFile(path, new Uint8Array(ringBytes).fill(1));
    const ring = await openRingFile(path, ringBytes, true);
    await ring.close();
    assert.deepEqual((await readRing(path, ringBytes)).ring, new Uint8Array(ringBytes));
  });

  it('that cannot be finished leaves the one before, and nothing else', async () => {
    await writeFile(path, new Uint8Array(ringBytes).fill(1));
    await mkdir(`${path}.new`);
    await assert.rejects(openRingFile(path, ringBytes, true), { code: 'EISDIR' });
    assert.deepEqual((await readRing(path, ringBytes)).ring, new Uint8Array(ringBytes).fill(1));
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

it('what is no ring of this size is said to be so, with the whole frames that are there', async () => {
  assert.deepEqual(await readRing(path, ringBytes), { ring: new Uint8Array(0), is: 'absent', unreadableFrames: 0 });
  await writeFile(path, new Uint8Array(ringBytes).fill(1));
  await truncate(path, ringBytes - 1);
  const { ring, is } = await readRing(path, ringBytes);
  assert.deepEqual([ring, is], [new Uint8Array(ringBytes - frameBytes).fill(1), 'another size']);
});

describe('a ring on a device that gives an error', () => {
  beforeEach(() => writeFile(path, new Uint8Array(ringBytes).fill(1)));

  it('in some frames is read all but for those, and they are counted', async (context) => {
    await refuseReads(context, 'EIO', (frame) => frame === 3 || frame === 15);
    const { ring, is, unreadableFrames } = await readRing(path, ringBytes);
    const expected = new Uint8Array(ringBytes).fill(1);
    for (const frame of [3, 15]) expected.fill(0, frame * frameBytes, (frame + 1) * frameBytes);
    assert.deepEqual([ring, is, unreadableFrames], [expected, 'of its size', 2]);
  });

  for (const code of ['EMFILE', 'ENOMEM', 'EACCES']) {
    it(`that says nothing of the ring (${code}) is not read at all`, async (context) => {
      await refuseReads(context, code, () => true);
      await assert.rejects(readRing(path, ringBytes), { code });
    });
  }
});

it('what is read of a ring is on the device, whoever wrote it', async (context) => {
  await writeFile(path, new Uint8Array(ringBytes).fill(1));
  const handle = await open(path);
  const synced = context.mock.method(Object.getPrototypeOf(handle) as FileHandle, 'datasync');
  await handle.close();
  await readRing(path, ringBytes);
  assert.equal(synced.mock.callCount(), 1);
});

/** Reads of files that touch such a frame are rejected. */
async function refuseReads(context: TestContext, code: string, isBad: (frame: number) => boolean): Promise<void> {
  const handle = await open(path);
  const files = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const read = files.read;
  const refusing = function (this: FileHandle, bytes: Uint8Array, offset: number, length: number, at: number) {
    const frames = Array.from({ length: Math.ceil(length / frameBytes) }, (_, i) => at / frameBytes + i);
    if (frames.some(isBad)) return Promise.reject(Object.assign(new Error(`${code}: read`), { code }));
    return Reflect.apply(read, this, [bytes, offset, length, at]);
  };
  context.mock.method(files, 'read', refusing as unknown as typeof read);
}
