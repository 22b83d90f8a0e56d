/**
 * The rig of the real store: a directory of its own, and between store and LevelDB a database that can refuse. It refuses as
 * LevelDB does: after one refused batch the handle takes the next ones, says that they are durable, and drops them.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Write } from '../../src/commit/commit.ts';
import { frameBytes } from '../../src/commit/journal/frame.ts';
import { openRingFile, type Ring } from '../../src/host/store/journal-file.ts';
import { type Database, openLevelDatabase } from '../../src/host/store/level-database.ts';
import { LevelStore } from '../../src/host/store/level-store.ts';
import { StoreError, type StoreErrorKind } from '../../src/host/store/store.ts';
import { databaseOver } from './database-over.ts';
import { rigJournalSlots, type StoreRig } from './store-scene.ts';

export class LevelRig implements StoreRig {
  readonly directory: string;
  private readonly handles = new Set<Database | Ring>();
  private refusing: StoreErrorKind | undefined;
  private what: 'journal' | 'database' | 'both' = 'both';
  private kept = false;
  freeBytes = 2 ** 40;

  static async make(): Promise<LevelRig> {
    return new LevelRig(await mkdtemp(join(tmpdir(), 'holdfast-store-')));
  }

  private constructor(directory: string) {
    this.directory = directory;
  }

  get database(): string {
    return join(this.directory, 'leveldb');
  }

  store(): LevelStore {
    return new LevelStore({
      directory: this.directory,
      journalBytes: rigJournalSlots * frameBytes,
      ballastBytes: 65_536,
      freeBytes: async () => this.freeBytes,
      openDatabase: (...how) => this.openFaulty(...how),
      openRing: (...how) => this.openFaultyRing(...how),
    });
  }

  async crash(): Promise<void> {
    for (const handle of this.handles) await handle.close();
    this.handles.clear();
  }

  async spoil(place: 'record' | 'file', how: 'absent' | 'unreadable'): Promise<void> {
    const file = join(this.directory, 'generation');
    const junk = new Uint8Array(20).fill(7);
    if (place === 'file') await (how === 'absent' ? rm(file) : writeFile(file, junk));
    else await this.write([{ key: 'm/generation', value: how === 'absent' ? undefined : junk }]);
  }

  async overwrite(record: Write): Promise<void> {
    await this.write([record]);
  }

  refuse(kind: StoreErrorKind | undefined, kept = false, what: 'journal' | 'database' | 'both' = 'both'): void {
    [this.refusing, this.kept, this.what] = [kind, kept, what];
  }

  async quarantined(): Promise<{ key: string; why: string; value: Uint8Array }[]> {
    const directory = join(this.directory, 'quarantine');
    const files = (await readdir(directory)).map((name) => readFile(join(directory, name)));
    return (await Promise.all(files)).map((contents) => {
      const { key, why } = JSON.parse(contents.subarray(0, contents.indexOf('\n')).toString());
      return { key, why, value: new Uint8Array(contents.subarray(contents.indexOf('\n') + 1)) };
    });
  }

  async end(): Promise<void> {
    await this.crash();
    // A ballast may be on its way still.
    await rm(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }

  private async write(writes: readonly Write[]): Promise<void> {
    const database = await openLevelDatabase(this.database, false);
    await database.writeDurably(writes);
    await database.close();
  }

  private refuses(what: 'journal' | 'database'): boolean {
    return this.refusing !== undefined && (this.what === 'both' || this.what === what);
  }

  private async openFaultyRing(path: string, ringBytes: number, anew: boolean): Promise<Ring> {
    if (this.refuses('journal')) throw this.refusal();
    const real = await openRingFile(path, ringBytes, anew);
    this.handles.add(real);
    return {
      close: () => this.closeHandle(real),
      writeDurably: async (frames) => {
        if (!this.refuses('journal')) return real.writeDurably(frames);
        if (this.kept) await real.writeDurably(frames);
        throw this.refusal();
      },
    };
  }

  private async closeHandle(handle: Database | Ring): Promise<void> {
    if (this.handles.delete(handle)) await handle.close();
  }

  private async openFaulty(directory: string, createIfMissing: boolean): Promise<Database> {
    if (this.refuses('database')) throw this.refusal();
    const real = await openLevelDatabase(directory, createIfMissing);
    this.handles.add(real);
    let poisoned = false;
    return databaseOver(real, {
      close: () => this.closeHandle(real),
      writeDurably: async (writes) => {
        if (!this.refuses('database')) return poisoned ? undefined : real.writeDurably(writes);
        poisoned = true;
        if (this.kept) await real.writeDurably(writes);
        throw this.refusal();
      },
    });
  }

  private refusal(): Error {
    if (this.refusing === 'superseded')
      return new StoreError('superseded', 'Another gateway has taken the store over.');
    const words = { full: 'No space left on device', readonly: 'Read-only file system', failed: 'Input/output error' };
    const text = words[this.refusing ?? 'failed'];
    return Object.assign(new Error(`IO error: ${this.database}/000003.log: ${text}`), { code: 'LEVEL_IO_ERROR' });
  }
}
