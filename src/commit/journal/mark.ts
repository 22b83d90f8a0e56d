/** What LevelDB says of the journal: written in every batch that takes something over from it, in that same batch. */
export interface JournalMark {
  /** LevelDB holds what every group up to this sequence wrote, held-back writes aside. */
  readonly sequence: number;
  /** From this sequence on the ring is needed: what is above the mark, and below it groups with held-back writes. */
  readonly from: number;
  /** Keys whose brief put in a group from `from` to `sequence` counts no more. */
  readonly gone: readonly string[];
  /** The next frame goes to this position or a later one. */
  readonly position: number;
  /** The newest group that stood whole in the ring: a ring without it, or a later one, is not the one of this store. 0: none. */
  readonly witness: number;
}

export const firstMark: JournalMark = { sequence: 0, from: 1, gone: [], position: 0, witness: 0 };
