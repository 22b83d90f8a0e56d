/**
 * The contract of a store: what the host may rely on, whoever keeps the records. One suite (`test/contracts`) proves it of
 * each implementation. A store keeps two kinds of promise: what a resolved `commit` held is there at every later open, and
 * every `open` returns a generation higher than any before, durable in two places before it resolves.
 *
 *   open ──► restore ──► commit … commit ──► close(last writes)
 *                          │  ▲
 *                 rejected ▼  │ nothing is taken in between
 *                         recover
 */
import type { StoredRecord, Write } from '../../commit/commit.ts';

export interface Opened {
  /** Higher than that of any open before, and durable in both places. */
  readonly generation: number;
  /** `first`: nothing was ever acknowledged out of this store. `clean`: the last stop wrote everything and said so. */
  readonly lastStop: 'clean' | 'unclean' | 'first';
  /** What was found and repaired, one sentence each; each is worth an alarm. */
  readonly notes: readonly string[];
}

export interface StoreStatistics {
  /** Batches that became durable since this process opened the store. */
  readonly commits: number;
  /** Records put or deleted by them. */
  readonly writes: number;
  /** Bytes of their keys and values: the logical volume, not what reached the device. */
  readonly bytes: number;
  readonly rejected: number;
  readonly recovered: number;
}

/** Why a batch was refused. `superseded`: another owner took the store over (reserved for a stand-by pair). */
export type StoreErrorKind = 'full' | 'readonly' | 'failed' | 'superseded';

/** A batch that was not, or not certainly, made durable. Nothing is taken until `recover` has resolved. */
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

  constructor(code: StoreOpenCode, message: string, cause?: unknown, advice?: string) {
    super(message, { cause });
    this.advice = advice;
    this.code = code;
    this.exitCode = exitCodes[code];
  }
}

/** Calls are carried out one after another, in the order in which they were made. */
export interface Store {
  /** Opens the store and raises the generation. Rejects with a `StoreOpenError`. Called once. */
  open(): Promise<Opened>;
  /**
   * Hands over every record in key order, in chunks of at most `limits.restoreChunkRecords`, waiting for `take` each time;
   * `take` may call `setAside`. The store's own records (`m/…`) are not passed on. Rejects with a `StoreOpenError` when records cannot be read.
   */
  restore(take: (chunk: readonly StoredRecord[]) => void | Promise<void>): Promise<void>;
  /**
   * Writes one atomic batch, at most one write a key; durable when it resolves. A write of `m/generation` is durable in the
   * second place as well; no other key begins with `m/`.
   * Rejects with a `StoreError`; the batch may then be there or not, and every further call is refused until `recover`.
   */
  commit(writes: readonly Write[]): Promise<void>;
  /**
   * After a rejection: closes and opens again, and makes sure that what was acknowledged is there. Rejects with a
   * `StoreError` while that is not possible (call again later). The generation stays.
   */
  recover(): Promise<void>;
  /** Quarantine: keeps the bytes of a record that cannot be used in a file of their own, then deletes its key. */
  setAside(record: StoredRecord, why: string): Promise<void>;
  statistics(): StoreStatistics;
  /**
   * With writes (perhaps none): a clean stop, one last batch with them and the clean marker, then closes. Without: closes
   * as after an unclean stop. Closes in any case; rejects with a `StoreError` when the last batch is not durable.
   */
  close(cleanWrites?: readonly Write[]): Promise<void>;
}
