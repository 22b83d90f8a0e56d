/**
 * Which generation a start gets, from what the two places hold. Never lower than any number that may have been used: a
 * number used twice would repeat record sequence numbers, and with them AEAD nonces. The file is written before the record,
 * so after a cut between them the file is ahead, which is no doubt; a place that says nothing in an initialised store is.
 */
import { limits } from '../../base/limits.ts';
import type { Opened } from './store.ts';

/** What a place says: a generation, nothing at all, or something that cannot be read. */
export type GenerationPlace = number | 'absent' | 'unreadable';

export type GenerationChoice =
  | { readonly generation: number; readonly largest: number; readonly notes: readonly string[] }
  | { readonly damaged: string };

export interface GenerationPlaces {
  readonly record: GenerationPlace;
  readonly file: GenerationPlace;
  /** A first open has ended before: somebody may have used a generation of this store. */
  readonly initialised: boolean;
  /** The database was repaired: what it says may be of long ago. */
  readonly salvaged?: boolean;
}

/** The largest of both plus one; plus `limits.generationJumpInDoubt` when there is doubt. */
export function nextGeneration({ record, file, initialised, salvaged = false }: GenerationPlaces): GenerationChoice {
  const readable = [record, file].filter((place) => typeof place === 'number');
  if (readable.length === 0 && initialised) return { damaged: bothLost };
  const largest = Math.max(0, ...readable);
  if ((readable.length === 2 && !salvaged) || !initialised) return { generation: largest + 1, largest, notes: [] };
  const generation = largest + limits.generationJumpInDoubt;
  const why = readable.length === 2 ? 'The database was repaired' : doubt(record, file);
  const note = `${why}; the generation went from ${largest} to ${generation} to be safe.`;
  return { generation, largest, notes: [note] };
}

function doubt(record: GenerationPlace, file: GenerationPlace): string {
  return typeof record === 'number' ? `The generation file was ${file}` : `The generation record was ${record}`;
}

/** What the record says, with a generation that was raised in the journal and is not in the database yet. */
export function recordPlace(record: GenerationPlace, journal: number): GenerationPlace {
  return typeof record === 'number' ? Math.max(record, journal) : record;
}

/** How the last start ended: `cleanly` is the generation that a clean stop left its marker for, if one did. */
export function lastStopOf(
  cleanly: number | undefined,
  { record, largest, initialised }: Pick<GenerationPlaces, 'record' | 'initialised'> & { readonly largest: number },
): Opened['lastStop'] {
  if (!initialised) return 'first';
  return cleanly === largest && record === largest ? 'clean' : 'unclean';
}

const bothLost =
  'both places that hold the generation are lost. Starting anyway could repeat message numbers that devices have seen. ' +
  'Restore a backup, or start with an empty directory: then every device does one new handshake.';
