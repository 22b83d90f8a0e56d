/**
 * A body of ours that a peer fetches in blocks (RFC 7959 section 2.4, Block2 in the server's role): the response to one
 * request, kept until EXCHANGE_LIFETIME after the last block was asked for.
 */
import { crc32 } from '../base/crc32.ts';
import { type Block, blockAt, blockOption, offsetOf } from './block-option.ts';
import type { CoapOption } from './message.ts';
import { optionNumber, uintOption } from './option.ts';
import type { PeerId } from './output.ts';
import type { ReceivedMessage } from './received-message.ts';
import { type CoapResponse, responseOptions } from './response.ts';

export interface BodyPages {
  readonly kind: 'body-pages';
  readonly peer: PeerId;
  readonly key: string;
  readonly response: CoapResponse;
  readonly body: Uint8Array;
  readonly etag: Uint8Array;
  /** The message that asked for a block last: it is remembered until the next one comes. */
  youngest: ReceivedMessage | undefined;
}

export interface Page {
  readonly options: readonly CoapOption[];
  readonly payload: Uint8Array;
}

/** A response whose body takes several blocks. Its entity tag is its checksum when the caller gave none. */
export function pagesOf(peer: PeerId, key: string, response: CoapResponse, body: Uint8Array): BodyPages {
  const checksum = new Uint8Array(4);
  new DataView(checksum.buffer).setUint32(0, crc32(body));
  return { kind: 'body-pages', peer, key, response, body, etag: response.etag ?? checksum, youngest: undefined };
}

/** The block that was asked for, cut anew, or undefined when it lies beyond the body. */
export function page(pages: BodyPages, wished: Block): Page | undefined {
  const offset = offsetOf(wished);
  const block = blockAt(pages.body.length, offset, wished.size);
  if (block === undefined || offset >= pages.body.length) return undefined;
  const options = responseOptions({ ...pages.response, etag: pages.etag });
  options.push(blockOption(optionNumber.block2, block));
  if (offset === 0) options.push(uintOption(optionNumber.size2, pages.body.length));
  return { options, payload: pages.body.subarray(offset, offset + wished.size) };
}
