/**
 * Puts off reading from a bound datagram socket, so that what arrives stays in the operating system, in order, for later or for
 * the next process. Node has no public way (a bound socket reads at once); its handle has had `recvStop` and `recvStart` in every
 * version since 0.12. Where a future version hides them, these functions say so and change nothing; callers then hold a few
 * datagrams themselves.
 */
import type { Socket } from 'node:dgram';

interface Handle {
  recvStart(): unknown;
  recvStop(): unknown;
}

/** True when the socket reads nothing from now on. */
export function pauseReading(socket: Socket): boolean {
  const handle = handleOf(socket);
  handle?.recvStop();
  return handle !== undefined;
}

/** Reads again. */
export function resumeReading(socket: Socket): void {
  handleOf(socket)?.recvStart();
}

function handleOf(socket: Socket): Handle | undefined {
  for (const symbol of Object.getOwnPropertySymbols(socket)) {
    if (symbol.description !== 'state symbol') continue;
    const handle = (socket as unknown as Record<symbol, { handle?: Partial<Handle> | null } | undefined>)[symbol]
      ?.handle;
    if (typeof handle?.recvStop === 'function' && typeof handle.recvStart === 'function') return handle as Handle;
  }
  return undefined;
}
