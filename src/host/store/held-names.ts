/**
 * Second names for what LevelDB removes while it opens. It turns its logs into tables, begins a new manifest, renames CURRENT to
 * tell of it and removes the old logs and the old manifest, all without a sync of the directory in between. A file system that
 * promises nothing but what was synced may keep the removals and lose the rename: then the database does not open, or opens
 * without what stood in the logs. So these files are linked into a directory of their own, `leveldb.held`, until the names in
 * the database's directory are durable. What a cut left there is put back first; what is out of date LevelDB removes again.
 */
import { link, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode } from '../start-error.ts';
import { makeDirectory, syncDirectory } from './file-durability.ts';

const isRemovedAtOpening = (name: string): boolean => name.endsWith('.log') || name.startsWith('MANIFEST-');

/** Before the database in this directory is opened. Rejects with the system's error. */
export async function holdNames(database: string): Promise<void> {
  const held = heldDirectory(database);
  const present = await namesIn(database);
  // Not of this database: what was held of one that was put away stays out of its successor.
  if (present.length === 0) return rm(held, { recursive: true, force: true });
  const before = await namesIn(held);
  const missing = before.filter((name) => !present.includes(name));
  for (const name of missing) await link(join(held, name), join(database, name));
  if (missing.length > 0) await syncDirectory(database);
  await makeDirectory(held);
  const added = present.filter((name) => isRemovedAtOpening(name) && !before.includes(name));
  for (const name of added) await link(join(database, name), join(held, name));
  await syncDirectory(held);
  await syncDirectory(dirname(database));
}

/** After it was opened: its names are made durable, and the second ones go. Rejects with the system's error. */
export async function releaseNames(database: string): Promise<void> {
  await syncDirectory(database);
  await rm(heldDirectory(database), { recursive: true, force: true });
}

function heldDirectory(database: string): string {
  return `${database}.held`;
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
