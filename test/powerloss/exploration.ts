/** Several processes explore one recording; their figures are put together. */
import { fork } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Rules } from './disk-model.ts';
import { type ExplorerOptions, prepareScratch, recordedLog, recordedRoot, type Tally } from './explorer.ts';
import { recordedEnvironment } from './recorder-library.ts';

export interface ExplorationOptions {
  readonly recording: string;
  readonly library: string;
  /** An empty directory, in memory if there is one. */
  readonly scratch: string;
  readonly rules: readonly Rules[];
  readonly seed: number;
  readonly seconds: number;
  readonly workers: number;
  readonly stopAtLoss: boolean;
  readonly onProgress?: (states: number) => void;
}

export interface Explored extends Tally {
  /** States that differ in what is on the disk or in what was acknowledged. */
  readonly distinct: number;
  /** Those of the distinct before which something had been acknowledged. */
  readonly withAcknowledged: number;
}

/** A state's signature, and whether something had been acknowledged before its cut. */
type SignatureEntry = readonly [string, boolean];

/** What an exploring process says: how far it is, and at its end everything. */
export type FromExplorer =
  | { readonly kind: 'progress'; readonly states: number }
  | { readonly kind: 'end'; readonly tally: Tally; readonly signatures: readonly SignatureEntry[] };

const program = fileURLToPath(new URL('explorer-process.js', import.meta.url));

export async function explore(options: ExplorationOptions): Promise<Explored> {
  const states = new Array<number>(options.workers).fill(0);
  const ends = states.map((_, worker) =>
    exploreAs(worker, options, (count) => {
      states[worker] = count;
      options.onProgress?.(states.reduce((sum, each) => sum + each, 0));
    }),
  );
  return together(await Promise.all(ends));
}

type End = Extract<FromExplorer, { kind: 'end' }>;

function exploreAs(worker: number, options: ExplorationOptions, progress: (states: number) => void): Promise<End> {
  const { recording, library, rules, seed, workers, stopAtLoss } = options;
  const scratch = join(options.scratch, `explorer-${worker}`);
  mkdirSync(scratch, { recursive: true });
  prepareScratch(scratch);
  const untilMs = performance.timeOrigin + performance.now() + options.seconds * 1_000;
  const given: ExplorerOptions = { recording, scratch, rules, seed, worker, workers, untilMs, stopAtLoss };
  const recorded = { library, root: recordedRoot(scratch), log: recordedLog(scratch), process: 0 };
  const child = fork(program, [JSON.stringify(given)], { env: { ...process.env, ...recordedEnvironment(recorded) } });
  const kill = (): boolean => child.kill('SIGKILL'); // Before its directory is removed when the run is interrupted.
  process.prependOnceListener('exit', kill);
  return new Promise((resolve, reject) => {
    child.on('message', (message: FromExplorer) => {
      if (message.kind === 'end') resolve(message);
      else progress(message.states);
    });
    child.once('exit', (code) => {
      process.off('exit', kill);
      reject(new Error(`an exploring process ended with code ${code}`));
    });
  });
}

function together(ends: readonly End[]): Explored {
  const distinct = new Map(ends.flatMap(({ signatures }) => signatures));
  const sum = (figure: (tally: Tally) => number): number => ends.reduce((all, { tally }) => all + figure(tally), 0);
  return {
    states: sum(({ states }) => states),
    distinct: distinct.size,
    withAcknowledged: [...distinct.values()].filter((acknowledged) => acknowledged).length,
    crashesDuringRecovery: sum(({ crashesDuringRecovery }) => crashesDuringRecovery),
    violations: {
      lost: sum(({ violations }) => violations.lost),
      torn: sum(({ violations }) => violations.torn),
      invented: sum(({ violations }) => violations.invented),
      unopenable: sum(({ violations }) => violations.unopenable),
    },
    found: ends.flatMap(({ tally }) => tally.found),
  };
}
