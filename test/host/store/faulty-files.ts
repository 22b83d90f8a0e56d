/**
 * The real files of a store, with a fault put between it and them while `fault` says so: errors as the system and LevelDB give
 * them, bytes that reach the file in part, or wholly although the sync failed.
 */
import { open } from 'node:fs/promises';
import { openRingFile, type Ring } from '../../../src/host/store/journal-file.ts';
import { type Database, openLevelDatabase } from '../../../src/host/store/level-database.ts';
import { LevelStore } from '../../../src/host/store/level-store.ts';
import { databaseOver } from '../../contracts/database-over.ts';

export const errors = {
  full: ['ENOSPC', 'No space left on device'],
  failed: ['EIO', 'Input/output error'],
  readonly: ['EROFS', 'Read-only file system'],
} as const;

export interface Fault {
  readonly on: 'journal' | 'database' | 'both';
  readonly error: keyof typeof errors;
  /** What reaches the file of a batch that is refused. */
  readonly reaches: 'nothing' | 'half' | 'all';
  /** Opening fails as well. */
  readonly atOpen: boolean;
}

export class FaultyFiles {
  readonly directory: string;
  fault: Fault | undefined;
  private life = 0;
  /** How often each was opened. */
  readonly opens = { journal: 0, database: 0 };

  constructor(directory: string) {
    this.directory = directory;
  }

  store(journalBytes: number): LevelStore {
    const life = this.life;
    const alive = (): void => {
      if (life !== this.life) throw new Error('this process has ended');
    };
    return new LevelStore({
      directory: this.directory,
      journalBytes,
      ballastBytes: 4_096,
      openDatabase: (directory, createIfMissing) => this.openDatabase(directory, createIfMissing, alive),
      openRing: (path, ringBytes, anew) => this.openRing(path, ringBytes, anew, alive),
    });
  }

  /** The process ends: its stores reach the files no more. */
  end(): void {
    this.life++;
  }

  private met(what: 'journal' | 'database'): Fault | undefined {
    const { fault } = this;
    return fault?.on === what || fault?.on === 'both' ? fault : undefined;
  }

  private async openDatabase(directory: string, createIfMissing: boolean, alive: () => void): Promise<Database> {
    alive();
    const fault = this.met('database');
    if (fault?.atOpen === true) throw levelError(fault);
    this.opens.database++;
    const real = await openLevelDatabase(directory, createIfMissing);
    return databaseOver(real, {
      writeDurably: async (writes) => {
        alive();
        const met = this.met('database');
        // LevelDB never leaves half a batch: its record has a checksum.
        if (met === undefined || met.reaches === 'all') await real.writeDurably(writes);
        if (met !== undefined) throw levelError(met);
      },
    });
  }

  private async openRing(path: string, ringBytes: number, anew: boolean, alive: () => void): Promise<Ring> {
    alive();
    const fault = this.met('journal');
    if (fault?.atOpen === true) throw systemError(fault);
    this.opens.journal++;
    const real = await openRingFile(path, ringBytes, anew);
    return {
      close: () => real.close(),
      writeDurably: async (frames) => {
        alive();
        const met = this.met('journal');
        if (met === undefined || met.reaches === 'all') await real.writeDurably(frames);
        if (met?.reaches === 'half') await writeHalf(path, frames);
        if (met !== undefined) throw systemError(met);
      },
    };
  }
}

/** The first half of the first frame, and no sync. */
async function writeHalf(path: string, [frame]: Parameters<Ring['writeDurably']>[0]): Promise<void> {
  if (frame === undefined) return;
  const handle = await open(path, 'r+');
  await handle.write(frame.bytes, 0, frame.bytes.length / 2, frame.offset);
  await handle.close();
}

function systemError({ error }: Fault): Error {
  const [code, text] = errors[error];
  return Object.assign(new Error(`${code}: ${text.toLowerCase()}, write`), { code });
}

function levelError({ error }: Fault): Error {
  const cause = Object.assign(new Error(`IO error: leveldb/000003.log: ${errors[error][1]}`), {
    code: 'LEVEL_IO_ERROR',
  });
  return Object.assign(new Error('Database failed', { cause }), { code: 'LEVEL_DATABASE_NOT_OPEN' });
}
