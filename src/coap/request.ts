/** Requests as the callers of this layer see them: paths and queries instead of options, the body always whole. */
import type { Method } from './code.ts';

/** What a request asks for, without its body. */
export interface RequestHead {
  readonly method: Method;
  /** Segments of the path, decoded; empty for the root. */
  readonly path: readonly string[];
  readonly query: readonly string[];
}

/** A request of ours. The body is cut into blocks when it is longer than one (RFC 7959). */
export interface CoapRequest extends Omit<RequestHead, 'query'> {
  readonly query?: readonly string[];
  readonly accept?: number;
  readonly contentFormat?: number;
  /** 0 registers an observation, 1 cancels it (RFC 7641). */
  readonly observe?: 0 | 1;
  readonly payload?: Uint8Array;
}

/** A request of a peer, its body put together. */
export interface IncomingRequest extends RequestHead {
  readonly accept: number | undefined;
  readonly contentFormat: number | undefined;
  readonly observe: number | undefined;
  readonly payload: Uint8Array;
  readonly confirmable: boolean;
  readonly messageId: number;
  readonly token: Uint8Array;
  /** CRC-32 of the datagram: tells a repeated datagram from a new one with the same message ID and token. */
  readonly digest: number;
}
