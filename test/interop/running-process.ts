/**
 * One program under test, ours or a peer's: everything it says is kept in memory, to be waited for, and in a file, to be read
 * when a check fails. It is ended by its own process id.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';

export interface ProcessOptions {
  readonly directory: string;
  /** Where standard output and standard error go, in the order they came. */
  readonly logFile: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** Becomes descriptor 3. */
  readonly descriptor?: number;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class RunningProcess {
  readonly logFile: string;
  readonly exited: Promise<Exit>;
  /** All that it said, one character a byte. */
  text = '';
  private readonly child: ChildProcess;
  private ended = false;

  constructor(command: string, words: readonly string[], options: ProcessOptions) {
    const { directory, logFile, environment, descriptor } = options;
    this.logFile = logFile;
    this.child = spawn(command, [...words], {
      cwd: directory,
      env: { ...process.env, ...environment },
      stdio: ['pipe', 'pipe', 'pipe', ...(descriptor === undefined ? [] : [descriptor])],
    });
    const log = createWriteStream(logFile, { flags: 'a' });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (bytes: Buffer) => {
        this.text += bytes.toString('latin1');
        log.write(bytes);
      });
    }
    this.child.stdin?.on('error', () => {}); // It may have ended before it read what we say.
    this.exited = new Promise((resolve) => {
      this.child.once('error', (error) => {
        this.text += `${error}\n`;
        resolve({ code: null, signal: null });
      });
      // Not "exit": what it said last would be missing.
      this.child.once('close', (code, signal) => {
        this.ended = true;
        log.end();
        resolve({ code, signal });
      });
    });
  }

  say(text: string): void {
    this.child.stdin?.write(text, 'latin1');
  }

  sayNoMore(): void {
    this.child.stdin?.end();
  }

  /** Sends the signal, unless it has ended, and waits for its end. */
  async end(signal: NodeJS.Signals): Promise<Exit> {
    this.kill(signal);
    return this.exited;
  }

  kill(signal: NodeJS.Signals): void {
    if (!this.ended) this.child.kill(signal);
  }

  /** The first match in what it says, from `from` characters on; throws when it ends or the time is up without one. */
  async says(pattern: RegExp, withinMs: number, from = 0): Promise<RegExpExecArray> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const match = pattern.exec(this.text.slice(from));
      if (match !== null) return match;
      if (this.ended) throw new Error(`it ended without saying ${pattern}: ${this.lastWords()}`);
      if (performance.now() > deadline) throw new Error(`it did not say ${pattern} within ${withinMs} ms`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  lastWords(): string {
    return this.text.trim().split('\n').slice(-3).join(' | ');
  }
}
