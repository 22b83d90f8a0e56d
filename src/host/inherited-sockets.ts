/**
 * Sockets that somebody holds for us, systemd or a parent of ours, while processes come and go: the port never closes, and what
 * arrives while nobody runs waits in the kernel. The protocol is that of sd_listen_fds(3): LISTEN_FDS says how many descriptors
 * follow from 3 on, LISTEN_FDNAMES names them, LISTEN_PID says for whom they are.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { StartError } from './start-error.ts';
import type { Family } from './udp-transport.ts';

const firstFd = 3;

export interface InheritedSocket {
  readonly fd: number;
  /** As the unit names it (`FileDescriptorName=`); `unknown` when it does not. */
  readonly name: string;
  readonly family: Family;
}

type Environment = Record<string, string | undefined>;

/**
 * The sockets handed in to this process, and takes the variables out of `environment`, so that no child believes they are for
 * it. None when LISTEN_PID names another process. Throws a StartError (30) when a descriptor is not a UDP socket.
 */
export function takeInheritedSockets(environment: Environment = process.env, pid = process.pid): InheritedSocket[] {
  const { LISTEN_FDS: count, LISTEN_FDNAMES: names, LISTEN_PID: forPid } = environment;
  delete environment['LISTEN_FDS'];
  delete environment['LISTEN_FDNAMES'];
  delete environment['LISTEN_PID'];
  if (count === undefined || forPid === undefined || Number(forPid) !== pid) return [];
  const sockets = Number(count);
  if (!Number.isSafeInteger(sockets) || sockets < 0) {
    throw new StartError(30, `LISTEN_FDS is "${count}"; it counts the sockets handed in.`);
  }
  const named = (names ?? '').split(':');
  return Array.from({ length: sockets }, (_, index) => {
    const fd = firstFd + index;
    return { fd, name: named[index] || 'unknown', family: familyOf(fd) };
  });
}

/**
 * IPv4 or IPv6. Node takes the caller's word for it, and a wrong one binds without an error and answers nobody; so the kernel is
 * asked, whose tables of UDP sockets name each by its inode.
 */
function familyOf(fd: number): Family {
  const inode = socketInode(fd);
  if (inode !== undefined && tableNames('/proc/self/net/udp6', inode)) return 'udp6';
  if (inode !== undefined && tableNames('/proc/self/net/udp', inode)) return 'udp4';
  throw new StartError(30, `descriptor ${fd}, handed in with LISTEN_FDS, is not a bound UDP socket.`);
}

function socketInode(fd: number): string | undefined {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1];
  } catch {
    return undefined;
  }
}

/** The inode is the tenth column of the table. */
function tableNames(table: string, inode: string): boolean {
  let text = '';
  try {
    text = readFileSync(table, 'latin1');
  } catch {
    return false;
  }
  return text.split('\n').some((line) => line.trim().split(/\s+/)[9] === inode);
}
