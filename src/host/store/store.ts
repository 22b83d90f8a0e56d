/**
 * The contract of a store: what the host may rely on, whoever keeps the records. One suite (`test/contracts`) proves it of
 * each implementation. A store keeps two kinds of promise: what a resolved `commit` held is there at every later open, and
 * every `open` returns a generation higher than any before, durable in two places before it resolves.
 *
 *   open ──► restore ──► commit … commit ──► close(last writes)
 *                          │  ▲
 *                 rejected ▼  │
 *                         recover
 *
 * Batches are atomic. Those of a class become durable in the order of the calls, so whatever a cut leaves of a class is a
 * prefix of it; where batches of both classes wrote a key, the later call's value stands once both are durable. A `soon` batch
 * waits for the `before-ack` batches before it, and is refused with them; a `before-ack` batch need not wait for a `soon` one
 * to end.
 */
import type { CommitClass, StoredRecord, Write } from '../../commit/commit.ts';
import type { FailureKind } from '../../commit/journal/journaled-store.ts';

export interface Opened {
  /** Higher than that of any open before, and durable in both places. */
  readonly generation: number;
  /** `first`: nothing was ever acknowledged out of this store. `clean`: the last stop wrote everything and said so. */
  readonly lastStop: 'clean' | 'unclean' | 'first';
  /** What was found and repaired, one sentence each; each is worth an alarm. */
  readonly notes: readonly string[];
}

/** Since this process opened the store. */
export interface StoreStatistics {
  /** Batches of both classes that became durable. */
  readonly commits: number;
  /** Records put or deleted by them. */
  readonly writes: number;
  /** Bytes of their keys and values: the logical volume, not what reached the device. */
  readonly bytes: number;
  readonly rejected: number;
  readonly recovered: number;
  /** Groups that went into the journal, and the bytes of their frames. */
  readonly journalGroups: number;
  readonly journalBytes: number;
  /** Batches that went to the database, and the bytes of their keys and values. */
  readonly databaseBatches: number;
  readonly databaseBytes: number;
  /** How often the journal was given up and made anew. */
  readonly journalsMade: number;
}

/** Before anything was written. */
export const zeroStatistics: StoreStatistics = {
  commits: 0,
  writes: 0,
  bytes: 0,
  rejected: 0,
  recovered: 0,
  journalGroups: 0,
  journalBytes: 0,
  databaseBatches: 0,
  databaseBytes: 0,
  journalsMade: 0,
};

/** What the store can do at this moment. */
export interface StoreHealth {
  /** Why the database takes nothing. While the journal does, `before-ack` batches go on. */
  readonly database: FailureKind | 'ok';
  readonly journal: 'ok' | 'failed';
  /** Which part of the journal is in use, from 0 to 1. */
  readonly journalFill: number;
}

/** Why a batch was refused. `superseded`: another owner took the store over (reserved for a stand-by pair). */
export type StoreErrorKind = FailureKind;

/** A batch that was not, or not certainly, made durable. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly kind: StoreErrorKind;

  constructor(kind: StoreErrorKind, message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}

export type StoreOpenCode = 'locked' | 'damaged' | 'unusable' | 'newer';

const exitCodes = { locked: 32, damaged: 33, unusable: 34, newer: 34 } as const satisfies Record<StoreOpenCode, number>;

/** The store cannot be opened or read back. The message is the sentence for the operator, with what to do. */
export class StoreOpenError extends Error {
  override readonly name = 'StoreOpenError';
  readonly code: StoreOpenCode;
  /** The exit code of the gateway's start. */
  readonly exitCode: 32 | 33 | 34;
  /** A further line: the next step, when the sentence does not say it. */
  readonly advice: string | undefined;
  /** The next open repairs a copy, so it is worth one more try. */
  nextOpenRepairs = false;

  constructor(code: StoreOpenCode, message: string, cause?: unknown, advice?: string) {
    super(message, { cause });
    this.advice = advice;
    this.code = code;
    this.exitCode = exitCodes[code];
  }
}

export interface Store {
  /** Opens the store and raises the generation. Rejects with a `StoreOpenError`. Called once. */
  open(): Promise<Opened>;
  /**
   * Hands over every record as it is now: first in key order those that are not late (`late-kinds.ts`), then the late ones, device
   * by device, those of no device last; in chunks of at most `limits.restoreChunkRecords`, which never hold both, waiting for
   * `take` each time. `take` may call `setAside` and `commit`. The store's own records (`m/…`) are not passed on. Resolves to what else is wrong, one sentence
   * each: records that should have been there. Rejects with a `StoreOpenError` when records cannot be read.
   */
  restore(take: (chunk: readonly StoredRecord[]) => void | Promise<void>): Promise<readonly string[]>;
  /**
   * Writes one atomic batch, at most one write a key; durable when it resolves. A write of `m/generation` is durable in the
   * second place as well; no other key begins with `m/`. An empty `soon` batch makes room in a journal.
   * Rejects with a `StoreError`; the batch may then be there or not. After a rejection further calls may be refused until
   * `recover`; those of the class `before-ack` only when nothing is left that could take them.
   */
  commit(writes: readonly Write[], commitClass: CommitClass): Promise<void>;
  /**
   * After a rejection: closes and opens again, and makes sure that what was acknowledged is there. Rejects with a
   * `StoreError` while that is not possible (call again later). The generation stays.
   */
  recover(): Promise<void>;
  /** An early `soon` batch would be good, since a journal fills. */
  readonly wantsSoon: boolean;
  /**
   * Hands over a consistent copy of all records as `restore` does, but for the store's own and those of live connections: a
   * board that goes on from an older state of a connection would repeat record numbers. Rejects with a `StoreError`.
   */
  export(take: (chunk: readonly StoredRecord[]) => void | Promise<void>): Promise<void>;
  /** Quarantine: keeps the bytes of a record that cannot be used in a file of their own, then deletes its key. */
  setAside(record: StoredRecord, why: string): Promise<void>;
  statistics(): StoreStatistics;
  health(): StoreHealth;
  /**
   * With writes (perhaps none): a clean stop, one last batch with them and the clean marker, then closes. Without: closes
   * as after an unclean stop. Closes in any case; rejects with a `StoreError` when the last batch is not durable.
   */
  close(cleanWrites?: readonly Write[]): Promise<void>;
}
