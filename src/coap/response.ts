/** Responses as the callers of this layer see them: what they may set, and what a peer may have set. */
import type { ResponseCode } from './code.ts';
import type { CoapOption, Content } from './message.ts';
import { type Options, optionNumber, textOption, uintOption } from './option.ts';

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

/** A response message in the words of the caller; `payload` is the whole body. Keeps nothing of the datagram. */
export function incomingResponse(message: Content, options: Options, payload: Uint8Array): IncomingResponse {
  return {
    code: message.code as ResponseCode,
    contentFormat: options.uint(optionNumber.contentFormat),
    payload: payload.slice(),
    observe: options.uint(optionNumber.observe),
    locationPath: options.texts(optionNumber.locationPath),
    etag: options.bytes(optionNumber.etag)?.slice(),
    maxAgeSeconds: options.uint(optionNumber.maxAge),
  };
}

/** The options of a response of ours, without those of blocks. */
export function responseOptions(response: CoapResponse): CoapOption[] {
  const options: CoapOption[] = [];
  if (response.etag !== undefined) options.push({ number: optionNumber.etag, value: response.etag });
  for (const segment of response.locationPath ?? []) options.push(textOption(optionNumber.locationPath, segment));
  if (response.contentFormat !== undefined)
    options.push(uintOption(optionNumber.contentFormat, response.contentFormat));
  if (response.maxAgeSeconds !== undefined) options.push(uintOption(optionNumber.maxAge, response.maxAgeSeconds));
  return options;
}
