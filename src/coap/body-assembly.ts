/**
 * A body that a peer sends in blocks (RFC 7959 section 2.5, Block1 in the server's role), known by peer, method, path and
 * query: the token may change from block to block.
 *
 * Limits: it holds no more bytes than came in datagrams, the peer's `bodyBytes` for all of a peer, and ends EXCHANGE_LIFETIME
 * after its last block.
 */
import { concat, equalBytes } from '../base/bytes.ts';
import { type Block, offsetOf } from './block-option.ts';
import { type ResponseCode, responseCodes } from './code.ts';
import type { PeerId } from './output.ts';
import type { ReceivedMessage } from './received-message.ts';

export interface BodyAssembly {
  readonly kind: 'body-assembly';
  readonly peer: PeerId;
  readonly key: string;
  readonly contentFormat: number | undefined;
  readonly parts: Uint8Array[];
  bytes: number;
  /** The message of the youngest block but the first: it is remembered until the next one comes. */
  youngest: ReceivedMessage | undefined;
}

export type AssemblyStep =
  | { readonly kind: 'continue' }
  | { readonly kind: 'complete'; readonly body: Uint8Array }
  | { readonly kind: 'refused'; readonly code: ResponseCode };

export function emptyAssembly(peer: PeerId, key: string, contentFormat: number | undefined): BodyAssembly {
  return { kind: 'body-assembly', peer, key, contentFormat, parts: [], bytes: 0, youngest: undefined };
}

/** Takes one block, when the body stays within `bytesMax`. One that is here already changes nothing. */
export function assemble(
  assembly: BodyAssembly,
  block: Block,
  payload: Uint8Array,
  contentFormat: number | undefined,
  bytesMax: number,
): AssemblyStep {
  if (!isWhole(block, payload)) return refused(responseCodes.badRequest);
  if (offsetOf(block) + payload.length > bytesMax) return refused(responseCodes.requestEntityTooLarge);
  if (assembly.contentFormat !== contentFormat) return refused(responseCodes.requestEntityIncomplete);
  if (!isRepeated(assembly, block, payload)) {
    if (offsetOf(block) !== assembly.bytes) return refused(responseCodes.requestEntityIncomplete);
    assembly.parts.push(payload.slice());
    assembly.bytes += payload.length;
  } else if (offsetOf(block) + payload.length < assembly.bytes) return { kind: 'continue' };
  return block.more ? { kind: 'continue' } : { kind: 'complete', body: concat(...assembly.parts) };
}

function isWhole(block: Block, payload: Uint8Array): boolean {
  return block.more ? payload.length === block.size : payload.length <= block.size;
}

/** A block has come again, late or in a message of its own. */
export function isRepeated(assembly: BodyAssembly, block: Block, payload: Uint8Array): boolean {
  if (offsetOf(block) >= assembly.bytes) return false;
  let offset = 0;
  for (const part of assembly.parts) {
    if (offset === offsetOf(block)) return equalBytes(part, payload);
    offset += part.length;
  }
  return false;
}

function refused(code: ResponseCode): AssemblyStep {
  return { kind: 'refused', code };
}
