/** What the parts of the gateway have in common: each owns its records, and offers the same verbs for them. */
import type { Entropy } from '../base/entropy.ts';
import type { Monotonic } from '../base/instants.ts';
import type { StoredRecord } from '../commit/commit.ts';
import { decodeKind, namesIn, type RecordKind } from '../records/record-kind.ts';
import type { Aead } from '../records/sealed-record.ts';
import type { Step } from './step.ts';
import type { Uptime } from './uptime.ts';

/** `ours`: taken. `foreign`: another part's. `damaged`: ours, but it cannot be read. */
export type Restored = 'ours' | 'foreign' | { readonly damaged: string };

export interface Part {
  /** Takes a kept record, if it is one of this part's. */
  restore(record: StoredRecord): Restored;
  /** Every record was handed over: puts together what belongs together. */
  restored(step: Step): void;
  /** A deadline of this part is due, or none is. */
  advance(step: Step): void;
  nextDeadline(): { readonly at: Monotonic; readonly reason: string } | undefined;
}

/** Works on what came out of records, one after the other. Should one of them be more than the process survives, it is named. */
export function onEach<T>(items: Iterable<T>, keyOf: (item: T) => string, step: Step, work: (item: T) => void): void {
  for (const item of items) {
    try {
      work(item);
    } catch (error) {
      step.nowInHand('record', keyOf(item));
      throw error;
    }
  }
}

/** What parts are made of. */
export interface Foundations {
  readonly entropy: Entropy;
  readonly aead: Aead & { readonly isProven?: boolean };
  readonly uptime: Uptime;
}

/** The deadline that comes first. */
export function firstDeadline(parts: readonly Pick<Part, 'nextDeadline'>[]): ReturnType<Part['nextDeadline']> {
  let first: ReturnType<Part['nextDeadline']>;
  for (const part of parts) {
    const next = part.nextDeadline();
    if (next !== undefined && (first === undefined || next.at < first.at)) first = next;
  }
  return first;
}

/** Hands a record of this kind to `keep` with the names in its key; undefined when it is of another kind. */
export function restoreKind<T>(
  kind: RecordKind<T>,
  aead: Aead,
  record: StoredRecord,
  keep: (names: readonly string[], value: T) => void,
): Restored | undefined {
  const names = namesIn(kind, record.key);
  if (names === undefined) return undefined;
  const decoded = decodeKind(kind, aead, record.key, record.value);
  if ('why' in decoded) return { damaged: decoded.why };
  keep(names, decoded.value);
  return 'ours';
}
