/** What a start finds in the journal: what is to be laid over the database, and what is worth an alarm. */
import { newestOf, type Write } from '../../commit/commit.ts';
import { frameBytes } from '../../commit/journal/frame.ts';
import type { JournalMark } from '../../commit/journal/mark.ts';
import { type JournalScan, markAfter, scanJournal } from '../../commit/journal/scan.ts';
import type { FoundRing } from './journal-file.ts';
import type { StoredState } from './stored-state.ts';

export interface JournalTail {
  /** The newest write of each key, in the order of the groups. */
  readonly writes: readonly Write[];
  /** The highest generation that stands in the journal; 0 when none does. */
  readonly generation: number;
  /** The mark once `writes` are in the database. */
  readonly mark: JournalMark;
  /** The mark was lost: what is laid over the database may be older than what it has. */
  readonly isInDoubt: boolean;
  /** The file as it is can go on being the journal. */
  readonly isUsable: boolean;
  /** The whole file, when something in it is not as it should be. */
  readonly damagedRing: Uint8Array | undefined;
  readonly notes: readonly string[];
}

export interface JournalExpectation {
  /** How many slots the file is made with. */
  readonly slots: number;
  /** The store had a journal before: one that is missing is worth a word. */
  readonly isExpected: boolean;
}

export function journalTail(
  path: string,
  found: FoundRing,
  stored: StoredState,
  { slots, isExpected }: JournalExpectation,
): JournalTail {
  const stoppedAt = cleanStopIn(stored);
  const scan = bestScan(found.ring, stored, stoppedAt, slots);
  const isUsable = found.is === 'of its size' && found.unreadableFrames === 0;
  const hidden = found.is === 'unreadable' ? slots : found.unreadableFrames;
  const after = markAfter(scan, hidden);
  // A ring that is made anew has none.
  const mark: JournalMark = isUsable ? after : { ...after, witness: 0 };
  const isWhole = scan.damaged === 0 && !scan.missing && found.unreadableFrames === 0;
  const { generation, inDoubt: isInDoubt } = scan;
  const damagedRing = isWhole ? undefined : found.ring;
  const notes = [
    ...markNotes(path, scan, stored),
    ...fileNotes(path, found, scan, { isClean: stoppedAt !== undefined, isExpected }),
    ...contentsNotes(path, scan),
  ];
  const writes = newestOf(scan.tail.flatMap((group) => group.writes));
  return { writes, generation, mark, isInDoubt, isUsable, damagedRing, notes };
}

/** The generation of the clean stop that this start follows; a repair may have brought an earlier one back. */
function cleanStopIn({ cleanStop, record, salvaged }: StoredState): number | undefined {
  return salvaged === undefined && cleanStop === record ? cleanStop : undefined;
}

/** A file of another size was made so, or was cut or grown since: as what it was written can be told from its frames. */
function bestScan(
  ring: Uint8Array,
  { identity, mark }: StoredState,
  stoppedAt: number | undefined,
  slots: number,
): JournalScan {
  const asFound = scanJournal(ring, identity.id, mark, { stoppedAt });
  if (ring.length === slots * frameBytes) return asFound;
  const asMade = scanJournal(ring, identity.id, mark, { stoppedAt, slots });
  return asMade.misplaced < asFound.misplaced ? asMade : asFound;
}

function markNotes(path: string, { inDoubt }: JournalScan, { mark }: StoredState): string[] {
  if (mark !== undefined) return [];
  const lost = 'The mark of the journal was damaged or missing.';
  if (!inDoubt) return [`${lost} Nothing is lost: the last stop was a clean one.`];
  return [`${lost} What ${path} says was not taken over yet was applied. Each device does one new handshake.`];
}

function fileNotes(
  path: string,
  { ring, is, unreadableFrames }: FoundRing,
  { missing }: JournalScan,
  { isClean, isExpected }: { readonly isClean: boolean; readonly isExpected: boolean },
): string[] {
  const notes: string[] = [];
  if (unreadableFrames > 0) {
    const total = ring.length / frameBytes;
    notes.push(
      `${unreadableFrames} of ${total} frames of the journal ${path} could not be read; all others were applied.`,
    );
  }
  const loss = isClean
    ? 'Nothing is lost: the last stop was a clean one.'
    : 'What was acknowledged in the last minutes before the stop may be lost.';
  const isGone = is === 'absent' || is === 'unreadable';
  if (missing || (isGone && !isClean && isExpected))
    notes.push(`The journal ${path} ${describe(is, unreadableFrames)}. ${loss}`);
  else if (is === 'another size' && !isClean) {
    notes.push(
      `The journal ${path} ${describe(is, unreadableFrames)}. What stands in it was applied; a new one is made.`,
    );
  }
  return notes;
}

function contentsNotes(path: string, { damaged, foreign, misplaced }: JournalScan): string[] {
  const notes: string[] = [];
  if (damaged > 0) {
    notes.push(
      `${damaged} groups of writes in the journal ${path} were damaged, and what they held is lost; all others were applied.`,
    );
  }
  if (foreign > 0)
    notes.push(`${foreign} frames of another store stood in the journal ${path}; they were not applied.`);
  if (misplaced > 0)
    notes.push(`${misplaced} frames in the journal ${path} stood in a wrong place; they were not applied.`);
  return notes;
}

function describe(is: FoundRing['is'], unreadableFrames: number): string {
  if (is === 'absent') return 'is missing';
  if (is === 'unreadable') return 'cannot be read';
  if (is === 'another size') return 'has another size than it was made with';
  return unreadableFrames > 0 ? 'lacks what was written last' : 'is not the one of this store';
}
