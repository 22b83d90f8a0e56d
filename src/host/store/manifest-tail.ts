/**
 * The end of LevelDB's manifest after a cut. LevelDB writes an edit to it, then syncs the names of the tables that the edit
 * speaks of, then the manifest. On a file system that promises nothing but what was synced the edit may be there without its
 * table, or with zeros in its place, and then LevelDB refuses to open. Such an edit was never counted on: it is cut off, and what
 * was before it is whole. That holds only while the log of that earlier state is still there, since LevelDB removes it once the
 * edit is durable; without it this is damage, and stays as it is.
 *
 *   record: checksum of type and data, masked, 4 bytes | length, 2 | type, 1 | data     in blocks of 32 KB, little-endian
 *   edit:   fields, each a tag and its values; numbers are varints (db/version_edit.cc)
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { concat } from '../../base/bytes.ts';
import { crc32c } from './crc32c.ts';
import { replaceFile } from './file-durability.ts';

const blockBytes = 32_768;
const headBytes = 7;
const firstPart = 2;
const fullRecord = 1;
const lastPart = 4;

interface ManifestRecord {
  readonly start: number;
  /** Undefined when it is not whole. */
  readonly edit: Edit | undefined;
}

interface Edit {
  /** The log that holds what is in no table yet. */
  readonly log: number | undefined;
  readonly tables: readonly number[];
}

/** Cuts off an edit that a power cut kept without what it speaks of. True when there was one: then the database may open. */
export async function mendManifest(database: string): Promise<boolean> {
  const path = await currentManifest(database);
  if (path === undefined) return false;
  const bytes = await readFile(path);
  const records = recordsIn(bytes);
  const last = records.at(-1);
  const earlier = records.slice(0, -1).map(({ edit }) => edit);
  const log = earlier.findLast((edit) => edit?.log !== undefined)?.log;
  if (last === undefined || log === undefined || earlier.includes(undefined)) return false;
  const has = (number: number, ending: string): boolean =>
    existsSync(join(database, `${String(number).padStart(6, '0')}.${ending}`));
  if (last.edit?.tables.every((table) => has(table, 'ldb')) === true || !has(log, 'log')) return false;
  await replaceFile(path, bytes.subarray(0, last.start));
  return true;
}

async function currentManifest(database: string): Promise<string | undefined> {
  try {
    const name = (await readFile(join(database, 'CURRENT'), 'latin1')).trim();
    const path = join(database, name);
    return /^MANIFEST-\d+$/.test(name) && existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/** Up to the first that is not whole. */
function recordsIn(bytes: Uint8Array): readonly ManifestRecord[] {
  const records: ManifestRecord[] = [];
  let parts: Uint8Array[] = [];
  let start = 0;
  for (let at = 0; at < bytes.length; ) {
    const left = blockBytes - (at % blockBytes);
    if (left < headBytes) {
      at += left;
      continue;
    }
    const part = partAt(bytes, at);
    if (part?.type === fullRecord || part?.type === firstPart || parts.length === 0) [start, parts] = [at, []];
    if (part === undefined) return [...records, { start, edit: undefined }];
    parts.push(part.data);
    at += headBytes + part.data.length;
    if (part.type !== fullRecord && part.type !== lastPart) continue;
    records.push({ start, edit: editOf(concat(...parts)) });
    parts = [];
  }
  return parts.length === 0 ? records : [...records, { start, edit: undefined }];
}

function partAt(bytes: Uint8Array, at: number): { readonly type: number; readonly data: Uint8Array } | undefined {
  if (at + headBytes > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = at + headBytes + view.getUint16(at + 4, true);
  const type = bytes[at + 6] ?? 0;
  if (end > bytes.length || type < fullRecord || type > lastPart) return undefined;
  const whole = view.getUint32(at, true) === masked(crc32c(bytes.subarray(at + 6, end)));
  return whole ? { type, data: bytes.subarray(at + headBytes, end) } : undefined;
}

function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** Undefined when it is none. */
function editOf(bytes: Uint8Array): Edit | undefined {
  const reader = new EditReader(bytes);
  const tables: number[] = [];
  let log: number | undefined;
  while (!reader.isAtEnd) {
    const tag = reader.number();
    if (tag === 1) reader.text();
    else if (tag === 2) log = reader.number();
    else if (tag === 3 || tag === 4 || tag === 9) reader.number();
    else if (tag === 5) reader.skip(1, 1);
    else if (tag === 6) reader.skip(2, 0);
    else if (tag === 7) {
      reader.number();
      tables.push(reader.number());
      reader.skip(1, 2);
    } else return undefined;
  }
  return { log, tables };
}

class EditReader {
  private readonly bytes: Uint8Array;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  /** A varint; LevelDB's own numbers stay far below 2^53. */
  number(): number {
    let value = 0;
    for (let scale = 1; this.at < this.bytes.length; scale *= 128) {
      const byte = this.bytes[this.at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    return value;
  }

  text(): void {
    const length = this.number();
    this.at += length;
  }

  /** So many numbers, then so many texts. */
  skip(numbers: number, texts: number): void {
    for (let i = 0; i < numbers; i++) this.number();
    for (let i = 0; i < texts; i++) this.text();
  }
}
