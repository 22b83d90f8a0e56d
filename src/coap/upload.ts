/** A body of ours that goes to a peer in blocks (RFC 7959 section 2.5, Block1 in the client's role). */
import { assert } from '../base/assert.ts';
import { type Block, blockAt } from './block-option.ts';
import { type Code, isSuccess, responseCodes } from './code.ts';

/** What the peer's answer to a block leads to: the next block, the same one smaller, or the end of the upload. */
export type UploadStep = 'next' | 'final' | 'block-error';

export class Upload {
  readonly body: Uint8Array;
  private size: number;
  private offset = 0;

  /** `size` is that of a block. */
  constructor(body: Uint8Array, size: number) {
    this.body = body;
    this.size = size;
  }

  /** The block whose turn it is. */
  get block(): Block {
    const block = blockAt(this.body.length, this.offset, this.size);
    assert(block !== undefined, 'a body of ours is short enough for its blocks');
    return block;
  }

  get payload(): Uint8Array {
    return this.body.subarray(this.offset, this.offset + this.size);
  }

  /** Takes the answer to the block whose turn it is; `echo` is its Block1 option. */
  take(code: Code, echo: Block | undefined): UploadStep {
    const sent = this.block;
    if (code === responseCodes.requestEntityTooLarge && this.shrinks(echo)) return 'next';
    if (!isSuccess(code)) return 'final';
    if (!sent.more) return code === responseCodes.continue ? 'block-error' : 'final';
    if (echo === undefined || echo.number !== sent.number) return 'block-error';
    this.offset += this.size;
    if (echo.size < this.size) this.size = echo.size;
    return 'next';
  }

  /** The very first block was too long, and the peer has named a size that it takes (RFC 7959 section 2.9.3). */
  private shrinks(echo: Block | undefined): boolean {
    if (echo === undefined || this.offset > 0 || echo.size >= this.size) return false;
    this.size = echo.size;
    return true;
  }
}
