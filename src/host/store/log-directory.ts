/**
 * The names of LevelDB's log files. LevelDB never syncs the directory after it made a new one, so on a strict file system a
 * cut could take the whole log with every batch in it. Here it is synced as soon as a new name is seen.
 */
import { readdir } from 'node:fs/promises';
import { syncDirectory } from './file-durability.ts';

export class LogDirectory {
  private readonly path: string;
  private durable: ReadonlySet<string> = new Set();

  constructor(path: string) {
    this.path = path;
  }

  /** After each batch: makes the name of the log that took it durable. True when there was a new one. */
  async syncNew(): Promise<boolean> {
    const names = await readdir(this.path);
    const logs = names.filter((name) => name.endsWith('.log'));
    const isNew = logs.some((log) => !this.durable.has(log));
    if (isNew) await syncDirectory(this.path);
    this.durable = new Set(logs);
    return isNew;
  }
}
