/** What the client's role keeps of one peer. Its timer finds out when it can be forgotten. */
import type { Observation } from './observation.ts';
import type { PeerId } from './output.ts';
import type { PendingRequest } from './pending-request.ts';
import { TokenMemory } from './token-memory.ts';

export interface RequesterPeer {
  readonly kind: 'requester-peer';
  readonly id: PeerId;
  /** Requests by the token on the wire, those that wait for their turn included. */
  readonly pending: Map<string, PendingRequest>;
  /** Requests that wait for their turn. */
  readonly queue: PendingRequest[];
  /** Requests that have the turn: sent, and neither acknowledged nor answered (NSTART). */
  readonly outstanding: Set<PendingRequest>;
  readonly observations: Map<string, Observation>;
  readonly ended: TokenMemory;
  /** Tokens of requests that have ended or are of an earlier start, and whose answers still count. */
  readonly awaited: TokenMemory;
  /** Nothing proves that what comes from it is no repetition by somebody else: one request leaves until one is answered. */
  unproved: boolean;
  /** That one has left. */
  probed: boolean;
}

export function newRequesterPeer(id: PeerId): RequesterPeer {
  return {
    kind: 'requester-peer',
    id,
    pending: new Map(),
    queue: [],
    outstanding: new Set(),
    observations: new Map(),
    ended: new TokenMemory(),
    awaited: new TokenMemory(),
    unproved: false,
    probed: false,
  };
}

export function isIdle(peer: RequesterPeer): boolean {
  return peer.pending.size === 0 && peer.observations.size === 0 && peer.ended.size + peer.awaited.size === 0;
}
