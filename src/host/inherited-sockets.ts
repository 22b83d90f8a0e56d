/**
 * Sockets that somebody holds for us, systemd or a parent of ours, while processes come and go: the port never closes, and what
 * arrives while nobody runs waits in the kernel. The protocol is that of sd_listen_fds(3): LISTEN_FDS says how many descriptors
 * follow from 3 on, LISTEN_FDNAMES names them, LISTEN_PID says for whom they are.
 */
import type { Address } from '../base/address.ts';
import { boundSocket } from './bound-socket.ts';
import { StartError } from './start-error.ts';
import type { Family } from './udp-transport.ts';

const firstFd = 3;

export interface InheritedSocket {
  readonly fd: number;
  /** As the unit names it (`FileDescriptorName=`); `unknown` when it does not. */
  readonly name: string;
  readonly family: Family;
  /** What it is bound to, canonical: two sockets of one unit have one name. */
  readonly bound: Address;
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
    return { fd, name: named[index] || 'unknown', ...boundSocket(fd) };
  });
}
