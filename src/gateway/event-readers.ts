/**
 * Programs that read the event log and say how far they have handled it. A cursor is the id of the last event that its reader
 * has handled: what all of them have passed the log need not keep (see `event-log.ts`). Owns the records `rd/`.
 *
 * A reader that is added, set back or removed is so durably before the answer. A cursor that moves on is written soon: losing
 * that tells its reader some events a second time. Limits: `eventReadersMax`.
 */
import type { Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import type { CommitClass, StoredRecord } from '../commit/commit.ts';
import { readerCursorRecord } from '../records/reader-cursor-record.ts';
import { encodeKind, keyOf } from '../records/record-kind.ts';
import { type OperatorAction, type OperatorAnswer, problem } from './operator.ts';
import { type Foundations, type Part, type Restored, restoreKind } from './part.ts';
import { compareBytewise } from './sorted-names.ts';
import type { Step } from './step.ts';

type SetReader = Extract<OperatorAction, { kind: 'set-reader' }>;

/** No name needs an escape in a path, and none is `.` or `..`. */
const nameForm = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

export class EventReaders implements Part {
  private readonly cursors = new Map<string, number>();
  private readonly foundations: Foundations;

  constructor(foundations: Foundations) {
    this.foundations = foundations;
  }

  /** Every reader has passed the events up to this id; undefined without readers. */
  get lowestCursor(): number | undefined {
    return this.cursors.size === 0 ? undefined : Math.min(...this.cursors.values());
  }

  /** The highest id that a reader has passed; 0 without readers. */
  get highestCursor(): number {
    return Math.max(0, ...this.cursors.values());
  }

  /** Names and cursors, by name. */
  list(): readonly (readonly [name: string, cursor: number])[] {
    return [...this.cursors].sort(([a], [b]) => compareBytewise(a, b));
  }

  /** Adds a reader or moves its cursor. `newestId`: of the newest durable event. */
  set(action: SetReader, account: string, newestId: number, step: Step): OperatorAnswer {
    const { name, cursor, reset } = action;
    const known = this.cursors.get(name);
    const wrong = nameProblem(name) ?? cursorProblem(name, cursor, newestId);
    if (wrong !== undefined) return problem('BAD_REQUEST', wrong);
    if (known === undefined && this.cursors.size >= limits.eventReadersMax) {
      const text = `There are ${limits.eventReadersMax} readers already: remove one that reads no more.`;
      return problem('LIMIT_REACHED', text);
    }
    const isBack = known !== undefined && cursor < known;
    if (isBack && !reset) {
      const text = `The reader "${name}" has passed event ${known}: with reset=true its cursor goes back to ${cursor}.`;
      return problem('BAD_REQUEST', text);
    }
    if (known !== cursor) this.write(name, cursor, known === undefined || isBack ? 'before-ack' : 'soon', step);
    if (known === undefined) tellChange(name, `added at event ${cursor}`, account, step);
    if (isBack) tellChange(name, `set back from event ${known} to ${cursor}`, account, step);
    return { kind: 'reader', name, cursor, result: known === undefined ? 'added' : isBack ? 'reset' : 'moved' };
  }

  remove(name: string, account: string, step: Step): OperatorAnswer {
    const cursor = this.cursors.get(name);
    if (cursor === undefined) return problem('UNKNOWN_READER', `There is no reader "${name}".`);
    this.cursors.delete(name);
    step.remove('before-ack', keyOf(readerCursorRecord, name));
    tellChange(name, `removed at event ${cursor}`, account, step);
    return { kind: 'reader', name, cursor, result: 'removed' };
  }

  restore(record: StoredRecord): Restored {
    const taken = restoreKind(readerCursorRecord, this.foundations.aead, record, ([name = ''], { cursor }) => {
      this.cursors.set(name, cursor);
    });
    return taken ?? 'foreign';
  }

  restored(_step: Step): void {}

  advance(_step: Step): void {}

  nextDeadline(): { at: Monotonic; reason: string } | undefined {
    return undefined;
  }

  private write(name: string, cursor: number, commitClass: CommitClass, step: Step): void {
    this.cursors.set(name, cursor);
    const key = keyOf(readerCursorRecord, name);
    step.put(commitClass, key, encodeKind(readerCursorRecord, this.foundations.aead, key, { cursor }));
  }
}

function nameProblem(name: string): string | undefined {
  const charactersMax = limits.eventReaderNameCharactersMax;
  if (name.length <= charactersMax && nameForm.test(name)) return undefined;
  return `The name of a reader has 1 to ${charactersMax} letters, digits, ".", "_" and "-", and begins with a letter or digit.`;
}

function cursorProblem(name: string, cursor: number, newestId: number): string | undefined {
  if (!Number.isSafeInteger(cursor) || cursor < 0) return 'A cursor is the id of an event, or 0.';
  if (cursor <= newestId) return undefined;
  return `The reader "${name}" cannot have passed event ${cursor}: the newest is ${newestId}.`;
}

/** Readers decide what the log keeps, so each change is in the gateway's own log, with who made it. */
function tellChange(name: string, text: string, account: string, step: Step): void {
  const message = `reader "${name}" of the event log ${text} by ${account}`;
  step.afterCommit(undefined, { kind: 'event', event: { kind: 'log', level: 'info', message } });
}
