/**
 * What no simulated clock can show: a file system acts on a clock of its own. ext4 puts the time stamps of a file that is written
 * into its journal every 5 seconds of real time, for days on end. So, while the bench runs, a block is written in place every
 * 500 ms on a disk of its own, and what the device gets beyond these blocks is counted.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { limits } from '../../../src/base/limits.ts';
import type { WearDisk } from './disk.ts';
import { tenths } from './figures.ts';

const blockBytes = 4_096;
const blocks = 256;
const dayMs = 86_400_000;
/** Shorter than that tells little about what happens every 5 s. */
const spanMsMin = 40_000;

export class FileSystemClock {
  private readonly disk: WearDisk;
  private readonly writing: Promise<number>;
  private ending = false;

  /** Begins. */
  constructor(disk: WearDisk) {
    this.disk = disk;
    this.writing = this.write();
  }

  /** Ends when it has been measured for long enough: million bytes a day. */
  async end(): Promise<number> {
    this.ending = true;
    return await this.writing;
  }

  private async write(): Promise<number> {
    const handle = await this.preallocated();
    try {
      const block = new Uint8Array(blockBytes).fill(1);
      const [before, begunMs] = [this.disk.bytesWritten(), performance.now()];
      let written = 0;
      for (; !this.ending || performance.now() - begunMs < spanMsMin; written++) {
        await wait(limits.commitSpacingMs);
        await handle.write(block, 0, blockBytes, (written % blocks) * blockBytes);
        await handle.datasync();
      }
      const spanMs = performance.now() - begunMs;
      const added = this.disk.bytesWritten() - before - written * blockBytes;
      return tenths(((added / spanMs) * dayMs) / 1e6);
    } finally {
      await handle.close();
    }
  }

  private async preallocated(): Promise<FileHandle> {
    const handle = await open(join(this.disk.directory, 'ring'), 'w');
    await handle.write(new Uint8Array(blocks * blockBytes));
    await handle.sync();
    return handle;
  }
}
