/** The value of Block1 and Block2 (RFC 7959 section 2.2): which block, whether more follow, and how long blocks are. */
import { limits } from '../base/limits.ts';
import type { CoapOption } from './message.ts';
import { uintOption } from './option.ts';

export interface Block {
  readonly number: number;
  readonly more: boolean;
  /** 16 to 1024, a power of two. */
  readonly size: number;
}

const numberMax = 0xfffff;
const sizeExponentMin = 4;
const sizeExponentReserved = 7;

/** A block of an option's integer, or undefined when its size is the reserved one. No bytes at all mean block 0 of 16. */
export function decodeBlock(value: number): Block | undefined {
  const exponent = value & 7;
  if (exponent === sizeExponentReserved) return undefined;
  return { number: value >>> 4, more: (value & 8) !== 0, size: 1 << (exponent + sizeExponentMin) };
}

export function blockOption(number: number, block: Block): CoapOption {
  return uintOption(number, block.number * 16 + (block.more ? 8 : 0) + Math.log2(block.size) - sizeExponentMin);
}

/** Where a block begins in its body. */
export function offsetOf(block: Block): number {
  return block.number * block.size;
}

/** The block of a body that begins at `offset`, which is a multiple of `size`; undefined beyond what numbers can tell. */
export function blockAt(bodyBytes: number, offset: number, size: number): Block | undefined {
  const number = offset / size;
  return number > numberMax ? undefined : { number, more: offset + size < bodyBytes, size };
}

/** The largest size that a peer's wish and our own allow. */
export function agreedSize(wished: number | undefined, own: number): number {
  return Math.min(wished ?? limits.blockBytesMax, own, limits.blockBytesMax);
}
