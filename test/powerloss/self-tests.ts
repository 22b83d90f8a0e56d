/**
 * The harness is worth what it catches: writers that break the promise, each made by one change to a copy of the built program,
 * recorded and explored like the real one. There is no switch for them in the product.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Rules } from './disk-model.ts';
import { explore } from './exploration.ts';
import { type Patch, patchedBuild, smallSizes } from './patched-build.ts';
import { type Course, record } from './recording.ts';

export interface SelfTests {
  readonly unsyncedCaught: boolean;
  readonly earlyAckCaught: boolean;
  readonly enospcCaught: boolean;
  readonly directoryCaught: boolean;
}

interface Writer {
  readonly name: keyof SelfTests;
  readonly bug: Patch;
  readonly course: Course;
  readonly rules: Rules;
}

const writers: readonly Writer[] = [
  {
    name: 'enospcCaught',
    course: 'full disk',
    rules: 'ext4',
    bug: { file: 'src/host/store/store-database.js', right: 'if (this.isWhole)', wrong: 'if (this.current)' },
  },
  {
    name: 'unsyncedCaught',
    course: 'traffic',
    rules: 'ext4',
    bug: { file: 'src/host/store/level-database.js', right: '{ sync: true }', wrong: '{ sync: false }' },
  },
  {
    name: 'earlyAckCaught',
    course: 'traffic',
    rules: 'ext4',
    bug: {
      file: 'src/host/store/journal-file.js',
      right: 'await this.handle.datasync();',
      wrong: 'void this.handle.datasync();',
    },
  },
  {
    name: 'directoryCaught',
    course: 'traffic',
    rules: 'posix',
    bug: {
      file: 'src/host/store/file-durability.js',
      right: "const handle = await open(directory, 'r');",
      wrong: "if (directory) return; const handle = await open(directory, 'r');",
    },
  },
];

const secondsMax = 20;

export interface SelfTestOptions {
  readonly library: string;
  /** An empty directory, in memory if there is one. */
  readonly scratch: string;
  readonly seed: number;
}

/** Which of the writers were caught losing what they acknowledged, or tearing what stands beside it. */
export async function runSelfTests(options: SelfTestOptions): Promise<SelfTests> {
  const caught = { unsyncedCaught: false, earlyAckCaught: false, enospcCaught: false, directoryCaught: false };
  // All of them end, however one of them does: what they started is in a directory that is removed afterwards.
  const ends = await Promise.allSettled(
    writers.map(async (writer) => {
      caught[writer.name] = await isCaught(writer, options);
    }),
  );
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return caught;
}

async function isCaught({ name, bug, course, rules }: Writer, options: SelfTestOptions): Promise<boolean> {
  const { library, seed } = options;
  const directory = join(options.scratch, name);
  mkdirSync(directory, { recursive: true });
  const build = patchedBuild(join(directory, 'copy'), [...smallSizes, bug]);
  const recording = await record({ directory, library, build, seed, course });
  const scratch = join(directory, 'explored');
  const each = { recording, library, scratch, rules: [rules], seed, seconds: secondsMax, workers: 1 };
  const { violations } = await explore({ ...each, stopAtLoss: true });
  // What is repaired out of the journal and told is not lost, and no cut may make it necessary.
  return violations.lost + violations.torn > 0;
}
