/**
 * A body of a peer that comes in blocks (RFC 7959 section 2.4, Block2 in the client's role). Blocks are taken in order only,
 * and only while their entity tag stays the same: a body that changes under way is fetched anew, a few times.
 */
import { concat, equalBytes } from '../base/bytes.ts';
import { limits } from '../base/limits.ts';
import { type Block, offsetOf } from './block-option.ts';
import type { TransmissionParameters } from './parameters.ts';

export type DownloadStep = 'next' | 'complete' | 'block-error' | 'body-too-large';

export class Download {
  private parts: Uint8Array[] = [];
  private bytes = 0;
  private readonly parameters: TransmissionParameters;
  /** No block may be longer: of the first one that is up to the peer. */
  private size: number = limits.blockBytesMax;
  private etag: Uint8Array | undefined;
  private restarts = 0;

  constructor(parameters: TransmissionParameters) {
    this.parameters = parameters;
  }

  /** The block to ask for next. */
  get wished(): Block {
    return { number: this.bytes / this.size, more: false, size: this.size };
  }

  get body(): Uint8Array {
    return concat(...this.parts);
  }

  /** Takes a block. `bodyBytes` is what the peer says about the length of the whole (Size2). */
  take(block: Block, payload: Uint8Array, etag: Uint8Array | undefined, bodyBytes: number | undefined): DownloadStep {
    if (block.more ? payload.length !== block.size : payload.length > block.size) return 'block-error';
    if (this.parts.length > 0 && !sameTag(this.etag, etag)) return this.restart(block);
    if (offsetOf(block) !== this.bytes || block.size > this.size) return 'block-error';
    if (Math.max(this.bytes + payload.length, bodyBytes ?? 0) > this.parameters.bodyBytes) return 'body-too-large';
    if (this.parts.length === 0) this.etag = etag?.slice();
    this.size = Math.min(block.size, this.parameters.blockBytes);
    this.parts.push(payload.slice());
    this.bytes += payload.length;
    return block.more ? 'next' : 'complete';
  }

  /** The body has changed under way: all over again. */
  private restart(block: Block): DownloadStep {
    if (++this.restarts > limits.transferRestartsMax) return 'block-error';
    this.parts = [];
    this.bytes = 0;
    this.size = Math.min(this.size, block.size);
    return 'next';
  }
}

function sameTag(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalBytes(a, b);
}
