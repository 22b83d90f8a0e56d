/** What a start finds in the journal: what is to be laid over the database, and what is worth an alarm. */
import type { Write } from '../../commit/commit.ts';
import type { JournalMark } from '../../commit/journal/mark.ts';
import { type JournalScan, scanJournal } from '../../commit/journal/scan.ts';
import type { FoundRing } from './journal-file.ts';
import type { StoredState } from './stored-state.ts';

export interface JournalTail {
  /** The newest write of each key, in the order of the groups. */
  readonly writes: readonly Write[];
  /** The highest generation that stands in the journal; 0 when none does. */
  readonly generation: number;
  /** The mark once `writes` are in the database. */
  readonly mark: JournalMark;
  /** The file as it is can go on being the journal. */
  readonly isUsable: boolean;
  /** The whole file, when something in it is not as it should be. */
  readonly damagedRing: Uint8Array | undefined;
  readonly notes: readonly string[];
}

export function journalTail(path: string, found: FoundRing, stored: StoredState): JournalTail {
  const ring = found instanceof Uint8Array ? found : new Uint8Array(0);
  const scan = scanJournal(ring, stored.identity.id, stored.mark);
  const isUsable = found instanceof Uint8Array;
  const newest = new Map<string, Write>();
  for (const { writes } of scan.tail) for (const write of writes) newest.set(write.key, write);
  const mark: JournalMark = {
    sequence: scan.nextSequence - 1,
    from: scan.nextSequence,
    gone: [],
    position: scan.nextPosition,
    witness: isUsable ? scan.witness : 0,
  };
  const isWhole = scan.damaged === 0 && !scan.missing;
  const { generation } = scan;
  const damagedRing = isWhole ? undefined : ring;
  return {
    writes: [...newest.values()],
    generation,
    mark,
    isUsable,
    damagedRing,
    notes: notesOn(path, found, scan, stored),
  };
}

function notesOn(path: string, found: FoundRing, scan: JournalScan, { mark, cleanStop }: StoredState): string[] {
  const notes: string[] = [];
  const { damaged, foreign, misplaced } = scan;
  if (mark === undefined) notes.push(`The mark of the journal was damaged; all that stands in ${path} was applied.`);
  if (scan.missing) {
    const what = found instanceof Uint8Array ? 'is not the one of this store' : found;
    const loss =
      cleanStop === undefined
        ? 'What was acknowledged in the last minutes before the stop may be lost.'
        : 'Nothing is lost: the last stop was a clean one.';
    notes.push(`The journal ${path} ${describe(what)}. ${loss}`);
  }
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

function describe(what: string): string {
  if (what === 'absent') return 'is missing';
  if (what === 'unreadable') return 'cannot be read';
  return what === 'another size' ? 'has another size than it was made with' : what;
}
