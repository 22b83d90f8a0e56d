/**
 * What the kernel counts as written to the block device under a directory (Documentation/admin-guide/iostats.rst): what wears
 * flash, not what was meant to be written. Others may write to it as well.
 */
import { readFileSync, statSync } from 'node:fs';

/** Field 7 of a block device's `stat`: sectors written, of 512 bytes whatever the device's own are. */
const sectorsWrittenField = 6;
const sectorBytes = 512;

/**
 * Returns what reads the bytes written to the device, or partition, that `directory` is on, since it came up; null where there
 * is none to be read: in memory, on an overlay, on btrfs (its file systems have no device number of their own).
 */
export function deviceCounter(directory: string): () => number | null {
  const at = `/sys/dev/block/${deviceNumber(statSync(directory, { bigint: true }).dev)}/stat`;
  return () => bytesInStat(textOf(at));
}

/** `179:2`, out of a device number as glibc puts it together. */
export function deviceNumber(device: bigint): string {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn);
  const minor = (device & 0xffn) | ((device >> 12n) & 0xfff_ff00n);
  return `${major}:${minor}`;
}

export function bytesInStat(text: string | undefined): number | null {
  const sectors = Number(text?.trim().split(/\s+/)[sectorsWrittenField]);
  return Number.isInteger(sectors) ? sectors * sectorBytes : null;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
