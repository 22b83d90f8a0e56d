/** Requests as the callers of this layer see them: paths and queries instead of options, the body always whole. */
import { type Method, methodOf } from './code.ts';
import type { CoapOption, Content } from './message.ts';
import { Options, optionNumber, textOption, uintOption } from './option.ts';

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

/** The method and path of a request message, or undefined when its method or an option of it is unknown. */
export function headOf(message: Content, options: Options): RequestHead | undefined {
  const method = methodOf(message.code);
  if (method === undefined) return undefined;
  return { method, path: options.texts(optionNumber.uriPath), query: options.texts(optionNumber.uriQuery) };
}

/** A request of ours as it stands in a message that carries all of it; undefined when the message is none. */
export function requestOf(message: Content): CoapRequest | undefined {
  const options = new Options(message.options);
  const head = headOf(message, options);
  if (head === undefined) return undefined;
  const accept = options.uint(optionNumber.accept);
  const contentFormat = options.uint(optionNumber.contentFormat);
  return {
    ...head,
    ...(accept === undefined ? {} : { accept }),
    ...(contentFormat === undefined ? {} : { contentFormat }),
    payload: message.payload,
  };
}

/** The options of a request of ours, without those of blocks. */
export function requestOptions(request: CoapRequest): CoapOption[] {
  const options: CoapOption[] = [];
  if (request.observe !== undefined) options.push(uintOption(optionNumber.observe, request.observe));
  for (const segment of request.path) options.push(textOption(optionNumber.uriPath, segment));
  if (request.contentFormat !== undefined) options.push(uintOption(optionNumber.contentFormat, request.contentFormat));
  for (const part of request.query ?? []) options.push(textOption(optionNumber.uriQuery, part));
  if (request.accept !== undefined) options.push(uintOption(optionNumber.accept, request.accept));
  return options;
}
