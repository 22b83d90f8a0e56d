/** What the rig needs of the machine: root, loop devices, FUSE, and a few programs. */
import { accessSync, closeSync, constants, openSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface MachineFacts {
  readonly userId: number;
  /** May it mount? Root of a container may not. */
  readonly mayMount: boolean;
  /** Device files that cannot be opened. */
  readonly devicesMissing: readonly string[];
  readonly programsMissing: readonly string[];
}

/** Why the rig cannot run here. `isMendable`: a package is missing, and nothing else. */
export interface Missing {
  readonly reason: string;
  readonly isMendable: boolean;
}

const devices = ['/dev/fuse', '/dev/loop-control'];
const programs = ['nbdfuse', 'losetup', 'mkfs.ext4', 'e2fsck', 'mount', 'umount'];
const administratorCapability = 21n;

export function machineFacts(): MachineFacts {
  return {
    userId: process.getuid?.() ?? -1,
    mayMount: hasCapability(administratorCapability),
    devicesMissing: devices.filter((device) => !opens(device)),
    programsMissing: programs.filter((program) => !isInstalled(program)),
  };
}

/** Undefined when nothing is missing. */
export function whatIsMissing({
  userId,
  mayMount,
  devicesMissing,
  programsMissing,
}: MachineFacts): Missing | undefined {
  if (userId !== 0) return { reason: 'it needs root, to mount a file system.', isMendable: false };
  if (!mayMount) return { reason: 'root may not mount here (no CAP_SYS_ADMIN).', isMendable: false };
  const [device] = devicesMissing;
  if (device !== undefined) return { reason: `${device} is not there or does not open.`, isMendable: false };
  if (programsMissing.length === 0) return undefined;
  const named = programsMissing.join(', ');
  return { reason: `${named} not found; install libnbd-bin (nbdfuse), e2fsprogs and mount.`, isMendable: true };
}

function opens(device: string): boolean {
  try {
    closeSync(openSync(device, constants.O_RDWR));
    return true;
  } catch {
    return false;
  }
}

function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** capabilities(7), as proc_pid_status(5) tells them. */
function hasCapability(bit: bigint): boolean {
  try {
    const [, mask = '0'] = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return ((BigInt(`0x${mask}`) >> bit) & 1n) === 1n;
  } catch {
    return false;
  }
}
