/** What a store says of damage while the gateway runs: each sentence goes to the log, and to the status as far as there is room. */
import { limits } from '../base/limits.ts';
import type { Log } from './log.ts';

/** Adds the note to `notes`, which the status shows, unless `limits.storeNotesMax` are there already. */
export function reportRepair(log: Log, notes: string[], note: string): void {
  log.error({ reason: 'store-repaired' }, note);
  if (notes.length < limits.storeNotesMax) notes.push(note);
}
