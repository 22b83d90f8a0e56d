/**
 * A database in use that LevelDB cannot open or read is put together again, on a copy: LevelDB's own repair throws away what it
 * does not understand, so it never gets the only original.
 *
 *   leveldb ──copy──► leveldb.repairing ──repair, read through, marked `m/salvaged`──► leveldb.repaired
 *   leveldb ──rename─► leveldb.damaged-1      leveldb.repaired ──rename──► leveldb
 *
 * A cut before the last two renames leaves the damaged files where they are, and it begins again; a cut between them is
 * finished at the next start. A repair can bring back older values and removed records; what that means is the opening's
 * concern. A copy without a single record is not a repaired database but an empty one, and never takes the place of the old.
 * Limits: `damagedCopiesMax` kept, the first and the newest.
 */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { limits } from '../../base/limits.ts';
import { cleanStopKey } from '../../records/clean-stop-record.ts';
import { encodeSalvage, salvageKey } from '../../records/salvage-record.ts';
import { errorCode } from '../start-error.ts';
import { syncDirectory } from './file-durability.ts';
import { releaseNames } from './held-names.ts';
import { type OpenDatabase, repairLevelDatabase } from './level-database.ts';
import { damagedError } from './store-failure.ts';

const lockName = 'LOCK';

/**
 * Puts a repaired copy in the place of the database in `directory`, which is closed. Rejects when nothing could be repaired, or
 * the disk does not let it: then `directory` is as it was.
 */
export async function salvageDatabase(directory: string, openDatabase: OpenDatabase): Promise<void> {
  const [repairing, repaired] = [`${directory}.repairing`, `${directory}.repaired`];
  await rm(repairing, { recursive: true, force: true });
  await rm(repaired, { recursive: true, force: true });
  const copies = await damagedCopies(directory);
  const kept = `${directory}.damaged-${(copies.at(-1) ?? 0) + 1}`;
  try {
    await copyDatabase(directory, repairing);
    await repairLevelDatabase(repairing);
    // Files that the repair put aside: the damaged originals are kept anyway.
    await rm(join(repairing, 'lost'), { recursive: true, force: true });
    await markSalvaged(repairing, kept, openDatabase);
    await syncDirectory(repairing);
  } catch (error) {
    await rm(repairing, { recursive: true, force: true }).catch(() => {});
    await rm(`${repairing}.held`, { recursive: true, force: true }).catch(() => {});
    throw error;
  }
  await rename(repairing, repaired);
  // Second names of the damaged files stay out of the repaired database.
  await releaseNames(directory);
  await syncDirectory(dirname(directory));
  await rename(directory, kept);
  await finishSalvage(directory);
  // The first stays: it has what there was before any repair. A disk that goes on failing makes the later ones.
  const tooMany = Math.max(0, copies.length + 1 - limits.damagedCopiesMax);
  for (const number of copies.slice(1, 1 + tooMany)) {
    await rm(`${directory}.damaged-${number}`, { recursive: true, force: true });
  }
}

/** Puts a repaired database in its place if a cut kept it from that. True when one was. */
export async function finishSalvage(directory: string): Promise<boolean> {
  const repaired = `${directory}.repaired`;
  if (existsSync(directory) || !existsSync(repaired)) return false;
  await rename(repaired, directory);
  await syncDirectory(dirname(directory));
  return true;
}

/** The numbers of the copies of the database in `directory` that are kept, oldest first. */
export async function damagedCopies(directory: string): Promise<number[]> {
  const prefix = `${basename(directory)}.damaged-`;
  const names = await readdir(dirname(directory));
  const numbers = names.filter((name) => name.startsWith(prefix)).map((name) => Number(name.slice(prefix.length)));
  return numbers.filter((number) => Number.isSafeInteger(number)).sort((a, b) => a - b);
}

/** Durable before anything is repaired in it. What cannot be read for a fault of the device is left out: the rest counts. */
async function copyDatabase(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { withFileTypes: true });
  await mkdir(to, { mode: 0o700 });
  for (const entry of entries) {
    if (!entry.isFile() || entry.name === lockName) continue;
    const copy = join(to, entry.name);
    try {
      await copyFile(join(from, entry.name), copy);
      await syncFile(copy);
    } catch (error) {
      if (errorCode(error) !== 'EIO') throw error;
      await rm(copy, { force: true });
    }
  }
  await syncDirectory(to);
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Reads everything once: what opens may still not be readable. */
async function markSalvaged(directory: string, kept: string, openDatabase: OpenDatabase): Promise<void> {
  const database = await openDatabase(directory, false);
  try {
    let records = 0;
    for await (const chunk of database.chunks(limits.restoreChunkRecords)) records += chunk.length;
    if (records === 0) throw damagedError(directory, new Error('no record could be recovered from its files'));
    await database.writeDurably([
      { key: salvageKey, value: encodeSalvage(basename(kept)) },
      { key: cleanStopKey, value: undefined },
    ]);
  } finally {
    await database.close();
  }
}
