/** How far a long set-up is, as one line of the standard error that is written over; nothing where nobody looks. */
const everyMs = 200;

export class SetUpLine {
  private saidAtMs = 0;
  private readonly looked = process.stderr.isTTY === true;

  told(what: string, done: number, all: number): void {
    const nowMs = performance.now();
    if (!this.looked || nowMs - this.saidAtMs < everyMs) return;
    this.saidAtMs = nowMs;
    process.stderr.write(`\r\x1b[K${what}: ${done} of ${all}`);
  }

  end(): void {
    if (this.looked) process.stderr.write('\r\x1b[K');
  }
}
