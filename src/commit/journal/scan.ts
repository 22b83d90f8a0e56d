/**
 * What a ring holds after a start of any kind, told from what LevelDB says of it. Groups are looked for in the whole ring, not
 * only behind the mark, so that damage is told from an end:
 *
 *   tail     whole groups, one after the other, from the mark on
 *   torn     parts of the one group after them: it was being written when the power went, and nobody was told of it
 *   stale    groups below the mark, of earlier laps
 *   damage   anything above the torn group: only a group that was durable has a successor. What is whole counts all the same
 *   missing  the newest group that LevelDB knows of is not there: another file, or an emptied one
 *
 * When the mark itself is lost, nothing older may be laid over what LevelDB has: see `boundsIn`.
 */
import { concat } from '../../base/bytes.ts';
import type { Write } from '../commit.ts';
import { decodeFrame, type Frame, frameBytes, storeIdIn } from './frame.ts';
import { decodeGroup } from './group.ts';
import { firstMark, type JournalMark } from './mark.ts';

export interface JournalGroup {
  readonly sequence: number;
  readonly writes: readonly Write[];
}

export interface JournalScan {
  /** To be laid over LevelDB, oldest first: groups above the mark whole, older ones with what was held back of them. */
  readonly tail: readonly JournalGroup[];
  /** Neither sequence nor position was ever given before. */
  readonly nextSequence: number;
  readonly nextPosition: number;
  /** The highest generation that stands in a frame; 0 when there is none. */
  readonly generation: number;
  /** The newest group that stands whole; 0 when there is none. */
  readonly witness: number;
  /** How many groups were durable once and are not whole any more. */
  readonly damaged: number;
  /** The ring lacks what LevelDB knows to have been in it. */
  readonly missing: boolean;
  /** The mark is lost: LevelDB may have had something newer than what is laid over it. */
  readonly inDoubt: boolean;
  /** Frames of another store, and frames that stand in a slot that is not theirs. */
  readonly foreign: number;
  readonly misplaced: number;
}

export interface ScanOptions {
  /** How many slots the ring was written with; as many as there are when left out. */
  readonly slots?: number;
  /** The generation in which the store was stopped cleanly, if it was: LevelDB had everything then. */
  readonly stoppedAt?: number | undefined;
}

/** `ring` holds whole frames; `said` is the mark in LevelDB, undefined when it is lost. Total: whatever the ring holds. */
export function scanJournal(
  ring: Uint8Array,
  storeId: Uint8Array,
  said: JournalMark | undefined,
  { slots = ring.length / frameBytes, stoppedAt }: ScanOptions = {},
): JournalScan {
  const { frames, foreign, misplaced } = framesIn(ring, storeId, slots);
  const { mark, first, inDoubt } =
    said === undefined ? boundsIn(frames, stoppedAt) : { mark: said, first: said.from, inDoubt: false };
  const groups = wholeGroups(frames, first);
  const sequences = [...groups.keys()].sort((a, b) => a - b);
  const newestSeen = frames.reduce((newest, { sequence }) => Math.max(newest, sequence), 0);
  const witness = sequences.at(-1) ?? 0;
  const nextPosition = frames.reduce((next, { position }) => Math.max(next, position + 1), mark.position);
  return {
    tail: sequences
      .filter((sequence) => sequence >= first)
      .map((sequence) => ({ sequence, writes: countedWrites(groups.get(sequence) ?? [], sequence, mark) }))
      .filter(({ sequence, writes }) => sequence > mark.sequence || writes.length > 0),
    nextSequence: Math.max(mark.sequence, newestSeen) + 1,
    nextPosition,
    generation: frames.reduce((highest, { generation }) => Math.max(highest, generation), 0),
    witness,
    damaged: damagedGroups(sequences, mark, newestSeen),
    missing: witness < mark.witness,
    inDoubt,
    foreign,
    misplaced,
  };
}

/**
 * The mark once the tail is in the database. `hidden`: so many frames could not be read now and may be at another time; they must
 * not count as newer then.
 */
export function markAfter({ nextSequence, nextPosition, witness }: JournalScan, hidden = 0): JournalMark {
  const from = nextSequence + hidden;
  return { sequence: from - 1, from, gone: [], position: nextPosition + hidden, witness };
}

/** The store that the frames in a ring name: the one that most of them do; undefined when there is no whole frame. */
export function storeIdInRing(ring: Uint8Array): Uint8Array | undefined {
  const named = new Map<string, { readonly id: Uint8Array; frames: number }>();
  for (let at = 0; at + frameBytes <= ring.length; at += frameBytes) {
    const id = storeIdIn(ring.subarray(at, at + frameBytes));
    if (id === undefined) continue;
    const one = named.get(id.join()) ?? { id: id.slice(), frames: 0 };
    one.frames++;
    named.set(id.join(), one);
  }
  return [...named.values()].sort((a, b) => b.frames - a.frames)[0]?.id;
}

function framesIn(
  ring: Uint8Array,
  storeId: Uint8Array,
  slots: number,
): { frames: Frame[]; foreign: number; misplaced: number } {
  const frames: Frame[] = [];
  let [foreign, misplaced] = [0, 0];
  for (let slot = 0; (slot + 1) * frameBytes <= ring.length; slot++) {
    const found = decodeFrame(ring.subarray(slot * frameBytes, (slot + 1) * frameBytes), storeId);
    if (found === 'foreign') foreign++;
    if (typeof found === 'string') continue;
    if (found.position % slots === slot) frames.push(found);
    else misplaced++;
  }
  return { frames, foreign, misplaced };
}

interface Bounds {
  readonly mark: JournalMark;
  /** The first group that is looked at. */
  readonly first: number;
  readonly inDoubt: boolean;
}

/**
 * In place of a lost mark. After a clean stop LevelDB has everything, and a generation that was raised since is none of that
 * stop. Otherwise it has what the frames say to be applied, and maybe more; which brief writes were held back below that nobody
 * knows, so all count: one brought back is let go again, one left out would be lost.
 */
function boundsIn(frames: readonly Frame[], stoppedAt: number | undefined): Bounds {
  if (stoppedAt !== undefined && frames.every(({ generation }) => generation <= stoppedAt)) {
    const sequence = frames.reduce((newest, frame) => Math.max(newest, frame.sequence), 0);
    return { mark: { ...firstMark, sequence, from: sequence + 1 }, first: sequence + 1, inDoubt: false };
  }
  const sequence = frames.reduce((highest, { applied }) => Math.max(highest, applied), 0);
  return { mark: { ...firstMark, sequence, from: sequence + 1 }, first: 0, inDoubt: true };
}

/** The writes of each group all of whose frames are there, made together, one after the other; of those before `first` none. */
function wholeGroups(frames: readonly Frame[], first: number): Map<number, Write[]> {
  const bySequence = new Map<number, Frame[]>();
  for (const frame of frames) {
    const others = bySequence.get(frame.sequence);
    if (others === undefined) bySequence.set(frame.sequence, [frame]);
    else others.push(frame);
  }
  const groups = new Map<number, Write[]>();
  for (const [sequence, parts] of bySequence) {
    parts.sort((a, b) => a.place - b.place);
    if (!isWhole(parts)) continue;
    // Most of a ring is of earlier laps.
    const writes = sequence < first ? [] : decodeGroup(concat(...parts.map(({ payload }) => payload)));
    if (writes !== undefined) groups.set(sequence, writes);
  }
  return groups;
}

function isWhole(parts: readonly Frame[]): boolean {
  const [first] = parts;
  if (first === undefined || parts.length !== first.count) return false;
  return parts.every(
    (part, place) =>
      part.place === place &&
      part.count === first.count &&
      part.position === first.position + place &&
      part.generation === first.generation,
  );
}

/** Below the mark only what was held back counts, and of that not what has gone since. */
function countedWrites(writes: readonly Write[], sequence: number, mark: JournalMark): readonly Write[] {
  if (sequence > mark.sequence) return writes;
  return writes.filter(({ key, brief }) => brief === true && !mark.gone.includes(key));
}

/** A group that has a successor was durable, and what the mark does not say to be done with must be there. */
function damagedGroups(sequences: readonly number[], { from }: JournalMark, newestSeen: number): number {
  const whole = sequences.filter((sequence) => sequence >= from && sequence < newestSeen).length;
  return Math.max(newestSeen - from, 0) - whole;
}
