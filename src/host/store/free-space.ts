/**
 * Room on the disk. LevelDB that meets a full disk lies about what it keeps until it was reopened, and to be opened it writes a
 * table: so batches are refused while a little is still free, and a ballast file stands by, which is deleted when the store
 * cannot be opened without its room. The journal has its room already and is not concerned.
 * Limits: `freeSpaceBytesMin`, `ballastBytes`; the disk is asked at most once in `freeSpaceCheckedMs` while there is enough.
 */
import { randomBytes } from 'node:crypto';
import { stat, statfs, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { limits } from '../../base/limits.ts';
import { errorCode } from '../start-error.ts';
import { fillFile, syncDirectory } from './file-durability.ts';
import { StoreError } from './store.ts';
import { isDiskFull } from './store-failure.ts';

/** The bytes that the file system of a directory has left for us. */
export type FreeBytes = (directory: string) => Promise<number>;

export const freeBytesOnDisk: FreeBytes = async (directory) => {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
};

export interface FreeSpaceOptions {
  /** The path of the ballast file. */
  readonly ballast: string;
  readonly ballastBytes: number;
  readonly freeBytes: FreeBytes;
  /** Milliseconds of a clock that does not jump. */
  readonly monotonicMs: () => number;
}

export class FreeSpace {
  private readonly options: FreeSpaceOptions;
  private askAtMs = 0;
  private making: Promise<void> | undefined;

  constructor(options: FreeSpaceOptions) {
    this.options = options;
  }

  /** Before a batch: rejects with a `StoreError` of the kind `full` when too little is left for it. */
  async check(): Promise<void> {
    const { monotonicMs } = this.options;
    if (monotonicMs() < this.askAtMs) return;
    const free = await this.free();
    if (free < limits.freeSpaceBytesMin) {
      const [left, least] = [mebibytes(free), mebibytes(limits.freeSpaceBytesMin)];
      throw new StoreError('full', `The disk has ${left} MiB left; less than ${least} are kept for a reopening.`);
    }
    this.askAtMs = monotonicMs() + limits.freeSpaceCheckedMs;
    this.inBackground(async () => this.keepBallast(free));
  }

  /** In the background: makes the ballast if it is not there and there is plenty of room. */
  begin(): void {
    this.inBackground(async () => this.keepBallast(await this.free()));
  }

  /** Does what needs room: when the disk is full, once more without the ballast. `gaveRoom`: that was needed. */
  async withRoom<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly gaveRoom: boolean }> {
    try {
      return { result: await work(), gaveRoom: false };
    } catch (error) {
      if (!isDiskFull(error) || !(await this.dropBallast())) throw error;
    }
    return { result: await work(), gaveRoom: true };
  }

  /** Deletes the ballast. True when that made room. */
  async dropBallast(): Promise<boolean> {
    await this.settled();
    try {
      await unlink(this.options.ballast);
      await syncDirectory(dirname(this.options.ballast));
      return true;
    } catch {
      return false;
    }
  }

  /** Resolves when nothing is done in the background. */
  async settled(): Promise<void> {
    await this.making;
  }

  private inBackground(work: () => Promise<void>): void {
    if (this.making !== undefined) return;
    this.making = work().finally(() => {
      this.making = undefined;
    });
  }

  /** Never rejects: without a ballast everything works, as long as there is room. */
  private async keepBallast(free: number): Promise<void> {
    const { ballast, ballastBytes } = this.options;
    // Made with less it would bring the limit near, and be made and deleted in turn.
    if (free < limits.freeSpaceBytesMin + 2 * ballastBytes) return;
    try {
      if ((await sizeOf(ballast)) === ballastBytes) return;
      // Noise, so that a file system that compresses gives it real blocks.
      await fillFile(ballast, randomBytes(Math.min(ballastBytes, 1_048_576)), ballastBytes);
    } catch {
      await unlink(ballast).catch(() => {});
    }
  }

  /** A disk that does not tell is no reason to refuse anything. */
  private async free(): Promise<number> {
    const { freeBytes, ballast } = this.options;
    return freeBytes(dirname(ballast)).catch(() => Infinity);
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 0;
    throw error;
  }
}

function mebibytes(bytes: number): number {
  return Math.floor(bytes / 1_048_576);
}
