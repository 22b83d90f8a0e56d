/** The lines a person reads: one a check as it is done, then what came of it all. */

const counts = { passed: 0, failed: 0, skipped: 0 };

/** All checks of this process. */
export function summary(): { readonly passed: number; readonly failed: number; readonly skipped: number } {
  return counts;
}

export class Report {
  readonly peer: string;
  failed = false;

  constructor(peer: string) {
    this.peer = peer;
  }

  /** Runs a check; what it answers is shown beside it. A throw is a failure. True when it passed. */
  async check(name: string, run: () => Promise<string>): Promise<boolean> {
    const began = performance.now();
    try {
      const found = await run();
      counts.passed++;
      this.line('pass', `${name}: ${found} (${seconds(performance.now() - began)})`);
      return true;
    } catch (error) {
      this.fail(`${name}: ${error instanceof Error ? error.message : error}`);
      return false;
    }
  }

  fail(text: string): void {
    this.failed = true;
    counts.failed++;
    this.line('FAIL', text);
  }

  skip(reason: string): void {
    counts.skipped++;
    this.line('skip', reason);
  }

  private line(word: string, text: string): void {
    process.stdout.write(`${word}  ${this.peer.padEnd(9)} ${printable(text)}\n`);
  }
}

/** Peers say bytes, which would garble a log and a terminal. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)}s`;
}
