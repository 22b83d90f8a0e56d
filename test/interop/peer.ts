/** A client that nobody here wrote, and what it shows about the gateway. */
import { spawnSync } from 'node:child_process';
import type { Bench } from './bench.ts';

export interface Peer {
  readonly name: string;
  /** For the whole run. */
  readonly limitMs: number;
  /** Why this machine cannot run it; undefined when it can. May fetch what it needs. */
  missing(): string | undefined;
  run(bench: Bench): Promise<void>;
}

/** Whether a program is on the path. */
export function isInstalled(command: string): boolean {
  return spawnSync('sh', ['-c', 'command -v "$1"', 'sh', command]).status === 0;
}
