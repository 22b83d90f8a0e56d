/** What a response that came by itself, not with an acknowledgement, belongs to. Only tokens of its own peer count. */
import { toHex } from '../base/bytes.ts';
import { decodeBlock } from './block-option.ts';
import type { Observation } from './observation.ts';
import { type Options, optionNumber } from './option.ts';
import { firstSentAt, type PendingRequest } from './pending-request.ts';
import type { RequesterPeer } from './requester-peer.ts';

export type Match =
  | { readonly kind: 'response'; readonly pending: PendingRequest }
  | { readonly kind: 'notification'; readonly observation: Observation }
  /** The request has ended: with a response that came twice, or without one. */
  | { readonly kind: 'late' }
  /** The same, and its answer still counts. */
  | { readonly kind: 'awaited' }
  | { readonly kind: 'unknown' };

export function matchOf(peer: RequesterPeer | undefined, token: Uint8Array, options: Options): Match {
  const observe = options.uint(optionNumber.observe);
  const key = toHex(token);
  const found = peer?.pending.get(key);
  const pending = found !== undefined && firstSentAt(found) !== undefined ? found : undefined;
  const observation = peer?.observations.get(key);
  if (observation !== undefined && isNotification(pending, observe)) return { kind: 'notification', observation };
  if (pending !== undefined) return isLatePart(pending, options) ? { kind: 'late' } : { kind: 'response', pending };
  if (peer?.awaited.has(key) && observe === undefined) return { kind: 'awaited' };
  // A late notification is not late: acknowledging it would keep alive what nobody here knows.
  return peer?.ended.has(key) && observe === undefined ? { kind: 'late' } : { kind: 'unknown' };
}

/** A later block, which an earlier start asked for: this one has taken the request up and will ask for its first block anew. */
function isLatePart({ isFresh, download }: PendingRequest, options: Options): boolean {
  const block2 = options.uint(optionNumber.block2);
  return !isFresh && download === undefined && block2 !== undefined && (decodeBlock(block2)?.number ?? 0) > 0;
}

/**
 * A request that uses the token of an observation is its refresh or its cancellation. The response to a cancellation has no
 * Observe option; that to a refresh comes with the acknowledgement, unless an empty one has come.
 */
function isNotification(pending: PendingRequest | undefined, observe: number | undefined): boolean {
  if (pending === undefined) return true;
  if (observe === undefined) return false;
  return pending.request.observe === 1 || pending.outgoing !== undefined;
}
