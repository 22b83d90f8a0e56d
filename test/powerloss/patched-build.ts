/** A copy of the built program with single places of it changed. */
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** `right` stands in the built `file` exactly once. */
export interface Patch {
  readonly file: string;
  readonly right: string;
  readonly wrong: string;
}

/** Many laps within seconds, and little to rebuild. */
export const recordedJournalBytes = 64 * 4_096;

/**
 * What the recorded program has smaller: the journal, the ballast, and LevelDB's write buffer, so that it turns logs into tables and compacts
 * those within seconds too.
 */
export const smallSizes: readonly Patch[] = [
  {
    file: 'src/base/limits.js',
    right: 'journalBytes: 8 * 1_048_576,',
    wrong: `journalBytes: ${recordedJournalBytes},`,
  },
  {
    file: 'src/base/limits.js',
    right: 'ballastBytes: 8 * 1_048_576,',
    wrong: 'ballastBytes: 4_096,',
  },
  {
    file: 'src/host/store/level-database.js',
    right: 'writeBufferSize: 8 * mebibyte,',
    wrong: 'writeBufferSize: 65_536,',
  },
];

/** Makes the copy in `directory` and returns its build folder. Throws when a place is not there, or there twice. */
export function patchedBuild(directory: string, patches: readonly Patch[]): string {
  mkdirSync(directory, { recursive: true });
  cpSync(join(root, 'build', 'src'), join(directory, 'build', 'src'), { recursive: true });
  cpSync(join(root, 'package.json'), join(directory, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  const build = join(directory, 'build');
  for (const { file, right, wrong } of patches) {
    const path = join(build, file);
    const sound = readFileSync(path, 'utf8');
    if (sound.split(right).length !== 2) throw new Error(`${file} does not have this once, as it has to: ${right}`);
    writeFileSync(path, sound.replace(right, wrong));
  }
  return build;
}
