/** Responses as the callers of this layer see them: what they may set, and what a peer may have set. */
import type { ResponseCode } from './code.ts';

/** A response of ours. The body is cut into blocks when it is longer than one (RFC 7959). */
export interface CoapResponse {
  readonly code: ResponseCode;
  readonly contentFormat?: number;
  readonly payload?: Uint8Array;
  readonly locationPath?: readonly string[];
  readonly maxAgeSeconds?: number;
  readonly etag?: Uint8Array;
}

/** A response of a peer, its body put together. */
export interface IncomingResponse {
  readonly code: ResponseCode;
  readonly contentFormat: number | undefined;
  readonly payload: Uint8Array;
  readonly observe: number | undefined;
  readonly locationPath: readonly string[];
  readonly etag: Uint8Array | undefined;
  readonly maxAgeSeconds: number | undefined;
}
