/**
 * Counts of the records in the database, kept up with each batch and compared with what LevelDB hands out when everything is
 * read. Whether a batch adds a record or replaces one is asked of the database, which has it in memory most times; the counts go
 * into that very batch, so they are right after a refused one too, whether it is there or not.
 */
import type { Write } from '../../commit/commit.ts';
import { type Counts, countedKind, countsKey, decodeCounts, encodeCounts } from '../../records/counts-record.ts';
import { kindName } from '../../records/kinds.ts';
import type { Database } from './level-database.ts';

/** What was known when a reading began. */
export interface Expected {
  readonly counts: Counts | undefined;
  readonly batches: number;
}

export class KeyCounts {
  /** Undefined when nobody knows: until everything is read once. */
  private counts: Counts | undefined;
  private isStored: boolean;
  private batches = 0;

  /** `isStored`: the database says so itself. */
  constructor(counts: Counts | undefined, isStored: boolean) {
    [this.counts, this.isStored] = [counts, isStored];
  }

  /** What a reading that begins now should find. */
  expected(): Expected {
    return { counts: this.counts, batches: this.batches };
  }

  /** The batch to write, at most one write a key, with the counts that hold after it; `done` once it is durable. */
  async with(
    writes: readonly Write[],
    database: Database,
  ): Promise<{ readonly writes: readonly Write[]; readonly done: () => void }> {
    const counts = this.counts && (await countsAfter(this.counts, writes, database));
    const done = () => {
      [this.counts, this.isStored] = [counts, true];
      this.batches++;
    };
    if (counts === this.counts && this.isStored) return { writes, done };
    return { writes: [...writes, { key: countsKey, value: counts && encodeCounts(counts) }], done };
  }

  /** Everything was read, and `found` was there. Returns a sentence about what was expected and is not. */
  compare({ counts, batches }: Expected, found: Counts): readonly string[] {
    // What was written meanwhile came on top: then the next start compares again.
    if (batches === this.batches) [this.counts, this.isStored] = [found, false];
    return counts === undefined ? [] : vanished(counts, found);
  }

  /** As the database says, after it was opened again. */
  async readBack(database: Database): Promise<void> {
    const [value] = await database.read([countsKey]);
    this.counts = value && decodeCounts(value);
  }
}

/** The same ones when they stay the same; undefined when the database cannot tell. A batch is not refused for that. */
async function countsAfter(before: Counts, writes: readonly Write[], database: Database): Promise<Counts | undefined> {
  const counted = writes.filter(({ key }) => countedKind(key) !== undefined);
  const there = await database.has(counted.map(({ key }) => key)).catch(() => undefined);
  if (there === undefined) return undefined;
  const after = new Map(before);
  let isSame = true;
  counted.forEach(({ key, value }, i) => {
    if ((value !== undefined) === there[i]) return;
    isSame = false;
    add(after, key, value === undefined ? -1 : 1);
  });
  return isSame ? before : after;
}

/** Counts one record, or one less. */
export function add(counts: Map<string, number>, key: string, difference = 1): void {
  const kind = countedKind(key);
  if (kind === undefined) return;
  const count = (counts.get(kind) ?? 0) + difference;
  if (count === 0) counts.delete(kind);
  else counts.set(kind, count);
}

function vanished(expected: Counts, found: Counts): string[] {
  const missing: string[] = [];
  for (const [kind, count] of expected) {
    const lost = count - (found.get(kind) ?? 0);
    if (lost > 0) missing.push(`${lost} of ${count} ${kindName(kind)}`);
  }
  if (missing.length === 0) return [];
  const advice = 'Devices may have to register or shake hands anew; check the disk.';
  return [`Records have vanished from the database, and LevelDB reported no error: ${missing.join(', ')}. ${advice}`];
}
