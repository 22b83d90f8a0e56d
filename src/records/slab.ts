/**
 * Memory for many small pieces of bytes that live about as long as their neighbours: side by side in slabs, where each by itself
 * would take twice the memory and more. A slab goes when nothing in it is held any more.
 */
const slabBytes = 65_536;

/** A piece: `bytesOf` gives it back. */
export interface Piece {
  readonly slab: Uint8Array;
  readonly at: number;
  length: number;
}

export class Slabs {
  private slab = new Uint8Array(0);
  private free = 0;

  /** Copies the bytes. */
  add(bytes: Uint8Array): Piece {
    const piece = this.reserve(bytes.length);
    piece.slab.set(bytes, piece.at);
    return piece;
  }

  /** Room that the caller fills. */
  reserve(length: number): Piece {
    if (this.free + length > this.slab.length)
      [this.slab, this.free] = [new Uint8Array(Math.max(slabBytes, length)), 0];
    const piece = { slab: this.slab, at: this.free, length };
    this.free += length;
    return piece;
  }
}

/** A view of the piece. */
export function bytesOf({ slab, at, length }: Piece): Uint8Array {
  return new Uint8Array(slab.buffer, at, length);
}
