/**
 * Records that cannot be used, each kept as a file of its own: a line of JSON with its key, the reason and the time of
 * setting aside in generations, then the value's bytes as they were. The same damage set aside twice is one file.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { concat, utf8Encode } from '../../base/bytes.ts';
import { crc32 } from '../../base/crc32.ts';
import { limits } from '../../base/limits.ts';
import type { StoredRecord } from '../../commit/commit.ts';
import { makeDirectory, replaceFile, syncDirectory } from './file-durability.ts';
import { StoreError } from './store.ts';

const nameCharactersMax = 100;
/** Journals are told from records by their names. */
export const ringPrefix = 'journal-';

export interface SetAsideRecord {
  readonly record: StoredRecord;
  readonly why: string;
  readonly generation: number;
}

export function quarantinePath(storeDirectory: string): string {
  return join(storeDirectory, 'quarantine');
}

/** Makes the record durable under `quarantine/` of the store's directory. Rejects when it is full of them. */
export async function quarantine(storeDirectory: string, { record, why, generation }: SetAsideRecord): Promise<void> {
  const { directory, kept } = await openQuarantine(storeDirectory);
  const name = fileName(record);
  if (kept.length >= limits.quarantineFilesMax && !kept.includes(name)) {
    throw new StoreError('full', `The quarantine holds ${kept.length} records already.`);
  }
  const head = `${JSON.stringify({ key: record.key, why, generation })}\n`;
  await replaceFile(join(directory, name), concat(utf8Encode(head), record.value));
}

/** Keeps a journal in which something was not as it should be. Returns the path. Rejects when there are too many already. */
export async function keepRing(storeDirectory: string, generation: number, ring: Uint8Array): Promise<string> {
  const { directory, kept } = await openQuarantine(storeDirectory);
  const journals = kept.filter((name) => name.startsWith(ringPrefix));
  if (journals.length >= limits.quarantineJournalsMax)
    throw new StoreError('full', 'The quarantine holds enough journals.');
  const path = join(directory, `${ringPrefix}${generation}`);
  await replaceFile(path, ring);
  return path;
}

/** The directory, made if need be, and the names in it. */
async function openQuarantine(storeDirectory: string): Promise<{ directory: string; kept: string[] }> {
  const directory = quarantinePath(storeDirectory);
  await makeDirectory(directory);
  await syncDirectory(storeDirectory);
  return { directory, kept: await readdir(directory) };
}

function fileName({ key, value }: StoredRecord): string {
  const readable = key.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, nameCharactersMax);
  const unique = crc32(value, crc32(utf8Encode(key)));
  return `${readable}-${unique.toString(16).padStart(8, '0')}`;
}
