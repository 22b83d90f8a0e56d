/**
 * The file of the journal: a ring of frames, preallocated and filled with zeros, so that a frame written over in place costs
 * one block and one flush and changes no metadata. After an error it is made anew, under another name first.
 */
import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { limits } from '../../base/limits.ts';
import { frameBytes } from '../../commit/journal/frame.ts';
import type { FrameWrite } from '../../commit/journal/journal.ts';
import { errorCode } from '../start-error.ts';
import { fillFile, syncDirectory } from './file-durability.ts';

const zeros = new Uint8Array(256 * frameBytes);

/** What stands at the path of the journal. */
export interface FoundRing {
  /** The whole frames of the file, zeros where one could not be read. Empty when there is none. */
  readonly ring: Uint8Array;
  readonly is: 'of its size' | 'another size' | 'absent' | 'unreadable';
  readonly unreadableFrames: number;
}

/**
 * Reads the whole ring, frame by frame where the device gives an error (EIO). Rejects with any other error of the system: what
 * could not be read for it may be read at another time, and must not be replaced.
 */
export async function readRing(path: string, ringBytes: number): Promise<FoundRing> {
  try {
    const handle = await open(path, 'r');
    try {
      const { size } = await handle.stat();
      // A process that was killed may have left a group in the system's memory alone: once read it is counted on to be there.
      // Where that cannot be had it is laid over the database all the same.
      await handle.datasync().catch(() => {});
      const whole = Math.floor(Math.min(size, limits.journalReadBytesMax) / frameBytes) * frameBytes;
      const ring = new Uint8Array(whole);
      const unreadableFrames = await readFrames(handle, ring);
      return { ring, is: size === ringBytes ? 'of its size' : 'another size', unreadableFrames };
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'ENOENT' && code !== 'EIO') throw error;
    return { ring: new Uint8Array(0), is: code === 'EIO' ? 'unreadable' : 'absent', unreadableFrames: 0 };
  }
}

/** Returns how many frames could not be read. */
async function readFrames(handle: FileHandle, ring: Uint8Array): Promise<number> {
  let unreadable = 0;
  for (let at = 0; at < ring.length; at += zeros.length) {
    const end = Math.min(at + zeros.length, ring.length);
    if (await isRead(handle, ring, at, end)) continue;
    for (let frame = at; frame < end; frame += frameBytes) {
      if (await isRead(handle, ring, frame, frame + frameBytes)) continue;
      ring.fill(0, frame, frame + frameBytes);
      unreadable++;
    }
  }
  return unreadable;
}

/** False when the device cannot read one of these bytes. */
async function isRead(handle: FileHandle, ring: Uint8Array, from: number, end: number): Promise<boolean> {
  try {
    for (let at = from; at < end; ) {
      const { bytesRead } = await handle.read(ring, at, end - at, at);
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    return true;
  } catch (error) {
    if (errorCode(error) !== 'EIO') throw error;
    return false;
  }
}

/** What the store needs of the file; tests put faults in between. */
export interface Ring {
  /** Writes frames in place, on the device when it resolves. After a rejection nobody knows what the ring holds. */
  writeDurably(frames: readonly FrameWrite[]): Promise<void>;
  close(): Promise<void>;
}

/** Opens the ring at a path. `anew`: an empty one in place of whatever is there. Rejects with the system's error. */
export type OpenRing = (path: string, ringBytes: number, anew: boolean) => Promise<Ring>;

export const openRingFile: OpenRing = async (path, ringBytes, anew) => {
  if (anew) await makeAnew(path, ringBytes);
  return new RingFile(await open(path, 'r+'));
};

class RingFile implements Ring {
  private readonly handle: FileHandle;

  constructor(handle: FileHandle) {
    this.handle = handle;
  }

  async writeDurably(frames: readonly FrameWrite[]): Promise<void> {
    for (const { offset, bytes } of frames) {
      const { bytesWritten } = await this.handle.write(bytes, 0, bytes.length, offset);
      if (bytesWritten !== bytes.length) throw new Error('a frame was written in part');
    }
    await this.handle.datasync();
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

/** After a cut at any moment the old ring is there, or the new one, whole. */
async function makeAnew(path: string, ringBytes: number): Promise<void> {
  const temporary = `${path}.new`;
  try {
    await fillFile(temporary, zeros, ringBytes);
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
  await syncDirectory(dirname(path));
}
