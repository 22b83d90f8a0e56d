/** Whether a request of ours can be made at all, and why not. */
import { textOfBytes, utf8Encode } from '../base/bytes.ts';
import { limits } from '../base/limits.ts';
import type { CoapRequest } from './request.ts';
import type { RequesterPeer } from './requester-peer.ts';

export type RequestRefusal =
  | 'too-many-requests'
  | 'too-many-observations'
  | 'token-in-use'
  | 'body-too-large'
  /** A segment of the path or a part of the query has more than 255 bytes, or all of them do not fit into a datagram. */
  | 'path-too-long'
  /** What is to be taken up is not a request. */
  | 'no-request';

/** Why the peer cannot be asked so; undefined when it can. `token` is the caller's own, if he has one. */
export function refusalOf(
  peer: RequesterPeer,
  request: CoapRequest,
  token: Uint8Array | undefined,
): RequestRefusal | undefined {
  const { observe, payload } = request;
  const key = token && textOfBytes(token);
  const observed = key !== undefined && peer.observations.has(key);
  if (peer.pending.size >= limits.requestsQueuedPerPeerMax) return 'too-many-requests';
  if (key !== undefined && (peer.pending.has(key) || (observed && observe === undefined))) return 'token-in-use';
  if (payload !== undefined && payload.length > limits.bodyBytesMax) return 'body-too-large';
  if (!fitsDatagram(request)) return 'path-too-long';
  const full = peer.observations.size >= limits.observationTokensPerPeerMax;
  return observe === 0 && full && !observed ? 'too-many-observations' : undefined;
}

function fitsDatagram({ path, query }: CoapRequest): boolean {
  const lengths = [...path, ...(query ?? [])].map((part) => utf8Encode(part).length);
  const bytes = lengths.reduce((sum, length) => sum + length + 3, 0);
  return bytes <= limits.pathBytesMax && lengths.every((length) => length <= 255);
}
