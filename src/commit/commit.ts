/** What the core asks the store to keep: records, writes and atomic batches of them. */

declare const commitIdBrand: unique symbol;

/** Rises with each commit of a process; a commit id of one start means nothing in the next. */
export type CommitId = number & { readonly [commitIdBrand]: true };

/** One record as the store keeps it. Keys are ASCII, ordered bytewise. */
export interface StoredRecord {
  readonly key: string;
  readonly value: Uint8Array;
}

/** A put, or a delete when `value` is undefined. */
export interface Write {
  readonly key: string;
  readonly value: Uint8Array | undefined;
  /**
   * Of a put whose key was never written before, not even in a batch that was refused: it will probably be removed within minutes. A store with a journal may keep
   * it there alone for up to `limits.journalHoldMs`; removed by then it never wears the database.
   */
  readonly brief?: true;
}

/**
 * `before-ack`: durable before anything that depends on it is acknowledged. `soon`: durable within the coalescing window;
 * losing it must be harmless. A `before-ack` value of a key replaces a waiting `soon` value of that key.
 */
export type CommitClass = 'before-ack' | 'soon';

/** One atomic batch. */
export interface Commit {
  readonly id: CommitId;
  readonly class: CommitClass;
  readonly writes: readonly Write[];
}

/** Key and value of a write, in bytes: what is kept, not what reaches a device. Keys are ASCII. */
export function bytesOfWrite({ key, value }: Write): number {
  return key.length + (value?.length ?? 0);
}

export function bytesOfWrites(writes: readonly Write[]): number {
  return writes.reduce((bytes, write) => bytes + bytesOfWrite(write), 0);
}

/** One write a key: the last of each, in the order in which the keys came. */
export function newestOf(writes: readonly Write[]): Write[] {
  return [...new Map(writes.map((write) => [write.key, write])).values()];
}
