/** A real ext4 on a disk image: made, mounted, looked after, mounted again. Everything done is undone by the clean-up. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { open, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { CleanUp } from './clean-up.ts';
import { systemCommand } from './system-command.ts';

const busyTries = 50;
const busyPauseMs = 100;
const fuseWithinMs = 10_000;

/** A sparse file with an empty ext4 that keeps no blocks back for root. */
export async function makeImage(directory: string, megabytes: number): Promise<string> {
  const imageFile = join(directory, 'disk.img');
  await (await open(imageFile, 'w')).close();
  await truncate(imageFile, megabytes * 1_048_576);
  await systemCommand('mkfs.ext4', '-q', '-F', '-m', '0', imageFile);
  return imageFile;
}

/** A disk that is attached to a loop device and mounted, until it is released. */
export class MountedDisk {
  readonly loopDevice: string;
  readonly mountPoint: string;
  private isMounted = true;
  private isAttached = true;

  private constructor(loopDevice: string, mountPoint: string) {
    this.loopDevice = loopDevice;
    this.mountPoint = mountPoint;
  }

  /** `file`: an image, or a file that stands for a disk. Mounting replays the journal. */
  static async mount(file: string, mountPoint: string, cleanUp: CleanUp): Promise<MountedDisk> {
    mkdirSync(mountPoint, { recursive: true });
    const loopDevice = await systemCommand('losetup', '--show', '-f', file);
    const disk = new MountedDisk(loopDevice, mountPoint);
    disk.isMounted = false;
    cleanUp.add(`the mount of ${mountPoint} on ${loopDevice}`, () => disk.release());
    await disk.mountAgain();
    return disk;
  }

  async mountAgain(): Promise<void> {
    await systemCommand('mount', '-o', 'noatime,errors=remount-ro', this.loopDevice, this.mountPoint);
    this.isMounted = true;
  }

  /** Waits while somebody has files open on it; true when it was unmounted in time. */
  async unmount(tries = busyTries): Promise<boolean> {
    for (let left = tries; this.isMounted && left > 0; left--) {
      try {
        await systemCommand('umount', this.mountPoint);
        this.isMounted = false;
      } catch {
        await wait(busyPauseMs);
      }
    }
    return !this.isMounted;
  }

  /** Unmounts and detaches; a file system that is still in use goes when its last file is closed. */
  async release(): Promise<void> {
    if (!(await this.unmount())) await systemCommand('umount', '-l', this.mountPoint);
    this.isMounted = false;
    if (this.isAttached) await systemCommand('losetup', '-d', this.loopDevice);
    this.isAttached = false;
  }
}

/** A file that reads and writes through the NBD server on `socketPath`. */
export async function fuseFile(directory: string, socketPath: string, cleanUp: CleanUp): Promise<string> {
  const file = join(directory, 'disk.nbd');
  await writeFile(file, '');
  const program = spawn('nbdfuse', [file, '--unix', socketPath], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  program.stderr?.on('data', (text) => {
    said += text;
  });
  const exited = once(program, 'exit');
  cleanUp.add(`the FUSE mount ${file}`, async () => {
    await systemCommand('umount', file).catch(() => systemCommand('umount', '-l', file));
    program.kill('SIGKILL');
    await exited;
  });
  const deadline = performance.now() + fuseWithinMs;
  while ((await stat(file)).size === 0) {
    if (program.exitCode !== null) throw new Error(`nbdfuse ended: ${said.trim()}`);
    if (performance.now() > deadline) throw new Error('nbdfuse did not serve the disk in time');
    await wait(10);
  }
  return file;
}
