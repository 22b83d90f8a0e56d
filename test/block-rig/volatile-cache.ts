/**
 * A disk's volatile write cache, and what is left of it when the power goes. A write goes into the cache and is seen by every later
 * read; a flush brings all of the cache onto the medium; a cut takes the cache away and leaves of each block that was not flushed:
 *
 *   drop     what the medium had
 *   subset   what the medium had, or any one of the versions written since, each block by itself
 *   torn     the same, or a mixture of two successive versions: each sector old or new by itself
 *
 * A sector is never mixed, and what was flushed is never touched: that much every disk promises.
 */
import type { Random } from '../simulation/random.ts';

export type CutPolicy = 'drop' | 'subset' | 'torn';

export interface Medium {
  read(offset: number, length: number): Uint8Array;
  write(offset: number, bytes: Uint8Array): void;
}

/** What became of the blocks that were not flushed. `kept`: one of their new versions, whole. */
export interface CutFigures {
  readonly unflushed: number;
  readonly dropped: number;
  readonly kept: number;
  readonly torn: number;
}

export const blockBytes = 4_096;
const sectorBytes = 512;
/** Under the other policies than `drop`. */
const droppedChance = 0.25;
const tornChance = 0.75;

export class VolatileCache {
  private readonly medium: Medium;
  /** By number of the block: what was written since the last flush, oldest first. */
  private unflushed = new Map<number, Uint8Array[]>();

  /** The medium's length is a multiple of `blockBytes`. */
  constructor(medium: Medium) {
    this.medium = medium;
  }

  read(offset: number, length: number): Uint8Array {
    const bytes = Uint8Array.from(this.medium.read(offset, length));
    for (const { block, from, to, at } of pieces(offset, length)) {
      const newest = this.unflushed.get(block)?.at(-1);
      if (newest !== undefined) bytes.set(newest.subarray(from, to), at);
    }
    return bytes;
  }

  write(offset: number, bytes: Uint8Array): void {
    for (const { block, from, to, at } of pieces(offset, bytes.length)) {
      const contents = this.read(block * blockBytes, blockBytes);
      contents.set(bytes.subarray(at, at + to - from), from);
      const versions = this.unflushed.get(block);
      if (versions === undefined) this.unflushed.set(block, [contents]);
      else versions.push(contents);
    }
  }

  flush(): void {
    for (const [block, versions] of this.unflushed) this.keep(block, versions.at(-1));
    this.unflushed.clear();
  }

  /** Afterwards the medium is what the next start finds, and the cache is empty. */
  cut(policy: CutPolicy, random: Random): CutFigures {
    const { unflushed } = this;
    this.unflushed = new Map();
    const figures = { unflushed: unflushed.size, dropped: 0, kept: 0, torn: 0 };
    for (const [block, written] of unflushed) {
      const version = policy === 'drop' || random.chance(droppedChance) ? 0 : random.between(1, written.length);
      const newer = written[version - 1];
      if (newer === undefined) figures.dropped++;
      else if (policy === 'torn' && random.chance(tornChance)) {
        const older = written[version - 2] ?? this.medium.read(block * blockBytes, blockBytes);
        this.keep(block, torn(older, newer, random));
        figures.torn++;
      } else {
        this.keep(block, newer);
        figures.kept++;
      }
    }
    return figures;
  }

  private keep(block: number, contents: Uint8Array | undefined): void {
    if (contents !== undefined) this.medium.write(block * blockBytes, contents);
  }
}

/** At least one sector of each. */
function torn(older: Uint8Array, newer: Uint8Array, random: Random): Uint8Array {
  const mixed = Uint8Array.from(older);
  const sectors = blockBytes / sectorBytes;
  const surely = random.between(0, sectors - 1);
  const never = (surely + random.between(1, sectors - 1)) % sectors;
  for (let sector = 0; sector < sectors; sector++) {
    const isNew = sector === surely || (sector !== never && random.chance(0.5));
    const from = sector * sectorBytes;
    if (isNew) mixed.set(newer.subarray(from, from + sectorBytes), from);
  }
  return mixed;
}

interface Piece {
  readonly block: number;
  /** Within the block. */
  readonly from: number;
  readonly to: number;
  /** Where it begins within the range. */
  readonly at: number;
}

function pieces(offset: number, length: number): Piece[] {
  const found: Piece[] = [];
  for (let at = 0; at < length; ) {
    const block = Math.floor((offset + at) / blockBytes);
    const from = offset + at - block * blockBytes;
    const to = Math.min(blockBytes, from + length - at);
    found.push({ block, from, to, at });
    at += to - from;
  }
  return found;
}
