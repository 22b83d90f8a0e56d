/**
 * What the wear bench writes to, and how it counts what reached the flash. As root on Linux: an ext4 of its own in an image
 * behind a loop device, whose block statistics count everything, the journal and the metadata of the file system included.
 * Else: what the process has handed to the kernel, which leaves out what the file system adds. (`write_bytes` of proc_pid_io(5) is
 * of no use: a block written over in a large folio counts as the whole folio.)
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

export interface WearDisk {
  /** How bytes are counted, in words. */
  readonly method: string;
  /** The bytes are those of a device, with all that the file system adds. */
  readonly isDevice: boolean;
  /** An empty directory on it. */
  readonly directory: string;
  /** Bytes written so far, after what is dirty was written back. `pid`: of the writer, when it is not this process. */
  bytesWritten(pid?: number): number;
  /** Takes everything away again; harmless when done twice. */
  remove(): void;
}

const imageBytes = 2 * 1_024 ** 3;
const sectorBytes = 512;
/** Nothing may be written to the image later than in mkfs but what is asked for; blocks as on a real card. */
const mkfsOptions = ['-q', '-F', '-b', '4096', '-m', '0', '-E', 'lazy_itable_init=0,lazy_journal_init=0'];

/** Makes a disk below a directory. Without the rights or the tools for an image it counts what the process writes. */
export function makeWearDisk(parent: string): WearDisk {
  const directory = mkdtempSync(join(parent, 'holdfast-wear-'));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  try {
    if (process.getuid?.() !== 0) return new ProcessDisk(directory, 'without root', remove);
    return new LoopDisk(directory, remove);
  } catch (error) {
    return new ProcessDisk(directory, firstLine(error), remove);
  }
}

class LoopDisk implements WearDisk {
  readonly method = 'sectors written to a loop-mounted ext4 (noatime), its journal and metadata included';
  readonly isDevice = true;
  readonly directory: string;
  private readonly mountPoint: string;
  private readonly device: string;
  private readonly removeDirectory: () => void;
  private mounted = true;

  constructor(directory: string, removeDirectory: () => void) {
    const image = join(directory, 'image');
    writeFileSync(image, '');
    truncateSync(image, imageBytes);
    call('mkfs.ext4', ...mkfsOptions, image);
    this.mountPoint = join(directory, 'mounted');
    mkdirSync(this.mountPoint);
    this.device = call('losetup', '--find', '--show', image);
    this.removeDirectory = removeDirectory;
    try {
      call('mount', '-t', 'ext4', '-o', 'noatime', this.device, this.mountPoint);
    } catch (error) {
      call('losetup', '--detach', this.device);
      throw error;
    }
    this.directory = join(this.mountPoint, 'state');
    mkdirSync(this.directory);
  }

  /** Field 7 of the block device's `stat`: sectors written. */
  bytesWritten(): number {
    call('sync', '--file-system', this.mountPoint);
    const fields = readFileSync(`/sys/block/${basename(this.device)}/stat`, 'latin1')
      .trim()
      .split(/\s+/);
    return Number(fields[6]) * sectorBytes;
  }

  remove(): void {
    if (!this.mounted) return;
    this.mounted = false;
    try {
      call('umount', this.mountPoint);
    } catch {
      // A writer that was ended a moment ago may still hold a file.
      call('umount', '--lazy', this.mountPoint);
    }
    call('losetup', '--detach', this.device);
    this.removeDirectory();
  }
}

class ProcessDisk implements WearDisk {
  readonly method: string;
  readonly isDevice = false;
  readonly directory: string;
  readonly remove: () => void;

  constructor(directory: string, why: string, remove: () => void) {
    this.method = `bytes written by the process, without what the file system adds (${why})`;
    [this.directory, this.remove] = [directory, remove];
  }

  bytesWritten(pid?: number): number {
    try {
      const text = readFileSync(`/proc/${pid ?? 'self'}/io`, 'latin1');
      return Number(/^wchar: (\d+)$/m.exec(text)?.[1] ?? 0);
    } catch {
      throw new Error('The bytes written by a process are read from /proc, which this system does not have.');
    }
  }
}

/** Runs a tool that may stand where only root looks; what it printed. */
function call(program: string, ...words: readonly string[]): string {
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
  return execFileSync(program, words, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n').find((line) => line.trim() !== '') ?? '';
}
