/**
 * What the store's writing costs a flash, from what the store counts itself: frames of the journal reach it as they are, a batch of
 * the database with 18 kB around it and with twice its bytes, the log and what compaction writes again. So it was measured on
 * ext4, journal and metadata of the file system included (ARCHITECTURE, what wears the flash).
 *
 * What the kernel counts as written by a process is no measure of it: it counts what becomes dirty in memory, and where the
 * pages of a file are kept in large folios a frame of 4 KB counts a hundredfold.
 */
const bytesAroundBatch = 18_000;
const timesWritten = 2;

export interface StoreWrites {
  /** Bytes of frames. */
  readonly journalBytes: number;
  readonly databaseBatches: number;
  /** Keys and values of these batches. */
  readonly databaseBytes: number;
}

export function flashBytes({ journalBytes, databaseBatches, databaseBytes }: StoreWrites): number {
  return journalBytes + databaseBatches * bytesAroundBatch + databaseBytes * timesWritten;
}
