/**
 * What one peer's run stands on: a directory, the programs it started, the gateway's port. Closing it ends them all, by
 * process id, and removes the directory; after a failure the logs of both sides stay, the state with its keys does not.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report } from './report.ts';
import { type ProcessOptions, RunningProcess } from './running-process.ts';

const open = new Set<Bench>();

export class Bench {
  readonly report: Report;
  /** For files of the peer and the state of the gateway. */
  readonly directory: string;
  private readonly root: string;
  private readonly logs: string;
  private readonly processes: RunningProcess[] = [];
  private readonly closers: (() => void)[] = [];

  constructor(report: Report) {
    this.report = report;
    this.root = mkdtempSync(join(tmpdir(), 'holdfast-interop-'));
    this.directory = join(this.root, 'work');
    this.logs = join(this.root, 'logs');
    mkdirSync(this.directory, { mode: 0o700 });
    mkdirSync(this.logs);
    open.add(this);
  }

  /** Starts a program that this bench will end; its words go to `logs/NAME.log`. */
  start(
    name: string,
    command: string,
    words: readonly string[],
    options: Pick<ProcessOptions, 'environment' | 'descriptor'> = {},
  ): RunningProcess {
    const started = new RunningProcess(command, words, {
      directory: this.directory,
      logFile: join(this.logs, `${name}.log`),
      ...options,
    });
    this.processes.push(started);
    return started;
  }

  onClose(close: () => void): void {
    this.closers.push(close);
  }

  /** Ends everything; the logs that were kept, none unless `keepLogs`. */
  async close(keepLogs: boolean): Promise<string[]> {
    for (const close of this.closers) close();
    await Promise.all(this.processes.map((running) => running.end('SIGKILL')));
    open.delete(this);
    rmSync(keepLogs ? this.directory : this.root, { recursive: true, force: true });
    return keepLogs ? readdirSync(this.logs).map((name) => join(this.logs, name)) : [];
  }

  /** The same, at once, for a run that is being ended itself. */
  abandon(): void {
    for (const running of this.processes) running.kill('SIGKILL');
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** However this process ends, but for SIGKILL, nothing that it started outlives it. */
export function leaveNothingBehind(): void {
  process.on('exit', () => {
    for (const bench of open) bench.abandon();
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));
}
