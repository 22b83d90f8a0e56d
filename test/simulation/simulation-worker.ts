/** Runs the seeds that it is handed, one after another: what a worker thread of the simulation does. */
import { parentPort } from 'node:worker_threads';
import { randomRun } from './random-run.ts';

parentPort?.on('message', (seed: number) => parentPort?.postMessage(randomRun(seed)));
