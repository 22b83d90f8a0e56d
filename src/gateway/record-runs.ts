/**
 * Kept records as bytes, by device: what comes one after the other of a device lies side by side, and is one object however many
 * records it is.
 *
 *   record: length of the key (2 bytes), length of the value (4 bytes), key, value
 */
import { utf8Text } from '../base/bytes.ts';
import type { StoredRecord } from '../commit/commit.ts';
import { bytesOf, type Piece, Slabs } from '../records/slab.ts';

const headBytes = 6;

export class RecordRuns {
  private readonly byDevice = new Map<string, Piece[]>();
  private readonly slabs = new Slabs();

  get size(): number {
    return this.byDevice.size;
  }

  has(device: string): boolean {
    return this.byDevice.has(device);
  }

  /** Keys are ASCII. */
  add(device: string, { key, value }: StoredRecord): void {
    const length = headBytes + key.length + value.length;
    const runs = this.byDevice.get(device);
    const last = runs?.at(-1);
    const { slab, at } = this.slabs.reserve(length);
    const view = new DataView(slab.buffer, at, headBytes);
    view.setUint16(0, key.length);
    view.setUint32(2, value.length);
    for (let index = 0; index < key.length; index++) slab[at + headBytes + index] = key.charCodeAt(index);
    slab.set(value, at + headBytes + key.length);
    if (last !== undefined && last.slab === slab && last.at + last.length === at) last.length += length;
    else if (runs === undefined) this.byDevice.set(device, [{ slab, at, length }]);
    else runs.push({ slab, at, length });
  }

  /** Takes the records of a device out, in the order in which they came. */
  take(device: string): readonly StoredRecord[] {
    const runs = this.byDevice.get(device) ?? [];
    this.byDevice.delete(device);
    return runs.flatMap((run) => recordsIn(bytesOf(run)));
  }
}

function recordsIn(bytes: Uint8Array): StoredRecord[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const records: StoredRecord[] = [];
  for (let at = 0; at < bytes.length; ) {
    const keyAt = at + headBytes;
    const valueAt = keyAt + view.getUint16(at);
    const end = valueAt + view.getUint32(at + 2);
    records.push({ key: utf8Text(bytes.subarray(keyAt, valueAt)), value: bytes.subarray(valueAt, end) });
    at = end;
  }
  return records;
}
