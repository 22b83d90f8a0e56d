/** Records of the database in key order with newer writes laid over them. */
import type { StoredRecord, Write } from '../../commit/commit.ts';

/** `chunks` come in key order, `newer` in any; what comes out is in key order, at most `chunkRecords` at a time. */
export async function* mergedChunks(
  chunks: AsyncIterable<readonly StoredRecord[]>,
  newer: readonly Write[],
  chunkRecords: number,
): AsyncIterable<StoredRecord[]> {
  const waiting = newer.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  for await (const chunk of chunks) {
    const last = chunk.at(-1)?.key ?? '';
    const end = waiting.findIndex(({ key }) => key > last);
    const merged = overlaid(chunk, waiting.splice(0, end < 0 ? waiting.length : end));
    yield* inChunks(merged, chunkRecords);
  }
  yield* inChunks(overlaid([], waiting), chunkRecords);
}

function overlaid(chunk: readonly StoredRecord[], writes: readonly Write[]): StoredRecord[] {
  if (writes.length === 0) return [...chunk];
  const records = new Map(chunk.map((record) => [record.key, record.value]));
  for (const { key, value } of writes) {
    if (value === undefined) records.delete(key);
    else records.set(key, value);
  }
  const sorted = [...records].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([key, value]) => ({ key, value }));
}

/** At most `size` at a time. */
export function* inChunks(records: readonly StoredRecord[], size: number): Iterable<StoredRecord[]> {
  for (let at = 0; at < records.length; at += size) yield records.slice(at, at + size);
}
