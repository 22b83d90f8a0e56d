/**
 * What a descriptor is that was handed in. Node takes the caller's word for a socket's family, and a wrong one binds without an
 * error and answers nobody; so the kernel is asked, whose tables of UDP sockets name each by its inode (proc_pid_net(5)).
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { endianness } from 'node:os';
import { type Address, address } from '../base/address.ts';
import { StartError } from './start-error.ts';
import type { Family } from './udp-transport.ts';

export interface BoundSocket {
  readonly family: Family;
  readonly bound: Address;
}

/** Throws a StartError (30) when the descriptor is not a bound UDP socket. */
export function boundSocket(fd: number): BoundSocket {
  const inode = socketInode(fd);
  for (const family of ['udp6', 'udp4'] as const) {
    const local = inode === undefined ? undefined : localAddress(family, inode);
    if (local !== undefined) return { family, bound: local };
  }
  throw new StartError(30, `descriptor ${fd}, handed in with LISTEN_FDS, is not a bound UDP socket.`);
}

/** One text for all spellings of an address and port, as `boundSocket` gives it; an interface after `%` is left out. */
export function canonicalAddress(host: string, port: number): Address {
  const [plain = ''] = host.split('%');
  return address(plain.includes(':') ? new URL(`http://[${plain}]`).hostname.slice(1, -1) : plain, port);
}

function socketInode(fd: number): string | undefined {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1];
  } catch {
    return undefined;
  }
}

/** Second column of the table: address, colon, port in hex; the inode is the tenth. */
function localAddress(family: Family, inode: string): Address | undefined {
  const table = linesOf(family === 'udp6' ? '/proc/self/net/udp6' : '/proc/self/net/udp');
  const columns = table.map((line) => line.trim().split(/\s+/)).find((line) => line[9] === inode);
  const [host = '', port = ''] = columns?.[1]?.split(':') ?? [];
  if (columns === undefined) return undefined;
  return canonicalAddress(family === 'udp6' ? ipv6Text(host) : ipv4Text(host), Number.parseInt(port, 16));
}

function linesOf(table: string): string[] {
  try {
    return readFileSync(table, 'latin1').split('\n');
  } catch {
    return [];
  }
}

function ipv4Text(hex: string): string {
  return [...networkOrder(hex)].join('.');
}

function ipv6Text(hex: string): string {
  return (networkOrder(hex).toString('hex').match(/.{4}/g) ?? []).join(':');
}

/** The kernel prints words of 32 bits in its own order. */
function networkOrder(hex: string): Buffer {
  const bytes = Buffer.from(hex, 'hex');
  return endianness() === 'LE' ? bytes.swap32() : bytes;
}
