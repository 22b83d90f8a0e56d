/**
 * The whole run:
 *
 *   compile the recorder ─► self-tests: broken writers are caught ─► record the real gateway ─► explore ─► figures
 */
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Explored, explore } from './exploration.ts';
import type { FoundViolation } from './explorer.ts';
import { patchedBuild, smallSizes } from './patched-build.ts';
import { compileRecorder } from './recorder-library.ts';
import { record } from './recording.ts';
import { runSelfTests, type SelfTests } from './self-tests.ts';

export interface PowerlossOptions {
  readonly seconds: number;
  readonly seed: number;
  /** What is being done, as it changes. */
  readonly onProgress: (doing: string) => void;
}

/** The line of `--json`. */
export interface PowerlossFigures {
  readonly states: number;
  readonly distinct: number;
  readonly withAcknowledged: number;
  readonly crashesDuringRecovery: number;
  readonly acknowledgedLost: number;
  readonly torn: number;
  readonly invented: number;
  readonly unopenable: number;
  readonly selfTests: SelfTests;
}

export interface PowerlossResult {
  readonly figures: PowerlossFigures;
  readonly found: readonly FoundViolation[];
  /** Where the recording and the directories of violations are; undefined when there was none and all is removed. */
  readonly kept: string | undefined;
}

/** Throws NoRecorder when this machine cannot record. */
export async function powerloss({ seconds, seed, onProgress }: PowerlossOptions): Promise<PowerlossResult> {
  const scratch = mkdtempSync(join(inMemory(), 'holdfast-powerloss-'));
  const remove = (): void => rmSync(scratch, { recursive: true, force: true, maxRetries: 10 });
  process.once('exit', remove); // Also of an interrupted run.
  try {
    const library = compileRecorder(scratch);
    onProgress('broken writers are to be caught');
    const selfTests = await runSelfTests({ library, scratch: join(scratch, 'self-tests'), seed });
    onProgress('recording the gateway');
    const directory = join(scratch, 'recorded');
    mkdirSync(directory);
    const build = patchedBuild(join(scratch, 'copy'), smallSizes);
    const recording = await record({ directory, library, build, seed, course: 'whole' });
    const explored = await explore({
      recording,
      library,
      scratch,
      rules: ['ext4', 'posix'],
      seed,
      seconds,
      workers: availableParallelism() + 1, // Each waits now and then for what it opens.
      stopAtLoss: false,
      onProgress: (states) => onProgress(`${states} states opened`),
    });
    const { found } = explored;
    process.off('exit', remove);
    if (found.length === 0) remove();
    return { figures: figuresOf(explored, selfTests), found, kept: found.length === 0 ? undefined : scratch };
  } catch (error) {
    process.off('exit', remove);
    remove();
    throw error;
  }
}

/** Nothing acknowledged was lost, and what had to be caught was. */
export function isWhole({ acknowledgedLost, torn, invented, unopenable, selfTests }: PowerlossFigures): boolean {
  return acknowledgedLost + torn + invented + unopenable === 0 && Object.values(selfTests).every((caught) => caught);
}

function figuresOf(explored: Explored, selfTests: SelfTests): PowerlossFigures {
  const { states, distinct, withAcknowledged, crashesDuringRecovery, violations } = explored;
  const { lost: acknowledgedLost, torn, invented, unopenable } = violations;
  const counted = { states, distinct, withAcknowledged, crashesDuringRecovery };
  return { ...counted, acknowledgedLost, torn, invented, unopenable, selfTests };
}

/** States are rebuilt by the thousand: in memory where there is some, else among temporary files. */
function inMemory(): string {
  const shared = '/dev/shm';
  return statSync(shared, { throwIfNoEntry: false })?.isDirectory() ? shared : tmpdir();
}
