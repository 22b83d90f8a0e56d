/** Many seeds, spread over worker threads. What comes of a seed does not depend on which of them runs it, or when. */
import { Worker } from 'node:worker_threads';
import type { RunResult } from './random-run.ts';

export interface ManyRuns {
  readonly from: number;
  readonly seeds: number;
  readonly jobs: number;
  /** No further seed is begun once a run violated something. */
  readonly stop: boolean;
  /** A run has ended. */
  ended(result: RunResult): void;
}

/** Resolves when every run has ended; rejects when a worker dies. */
export async function runMany({ from, seeds, jobs, stop, ended }: ManyRuns): Promise<void> {
  const program = new URL('simulation-worker.js', import.meta.url);
  let next = from;
  let stopped = false;
  const work = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(program);
      const goOn = () => {
        if (!stopped && next < from + seeds) worker.postMessage(next++);
        else worker.terminate().then(() => resolve(), reject);
      };
      worker.on('message', (result: RunResult) => {
        ended(result);
        stopped ||= stop && result.violations.length > 0;
        goOn();
      });
      worker.on('error', reject);
      goOn();
    });
  await Promise.all(Array.from({ length: Math.min(jobs, seeds) }, work));
}
