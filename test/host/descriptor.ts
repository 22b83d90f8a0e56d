import assert from 'node:assert/strict';
import type { Socket } from 'node:dgram';

/** The file descriptor of a bound socket, to be handed to a child. */
export function descriptorOf(socket: Socket): number {
  const state = Object.getOwnPropertySymbols(socket).find((symbol) => symbol.description === 'state symbol');
  assert.ok(state !== undefined);
  return (socket as unknown as Record<symbol, { handle: { fd: number } }>)[state]?.handle.fd ?? -1;
}
