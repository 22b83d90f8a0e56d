/**
 * How much this process has written to disks in the last 24 hours, as the kernel counts it: what wears flash, not what was
 * meant to be written. Sampled once an hour. It counts from its making on: the same process may have set the clone up before,
 * and the kernel counts what a process's ended children wrote as its own.
 */
import { readFileSync } from 'node:fs';
import { day, type Monotonic } from '../base/instants.ts';

export class WrittenBytes {
  private readonly read: () => number;
  private readonly before: number;
  private samples: { readonly at: Monotonic; readonly total: number }[] = [];

  constructor(read: () => number = bytesOfProcess) {
    this.read = read;
    this.before = read();
  }

  /** To be called once an hour. */
  sample(now: Monotonic): void {
    this.samples.push({ at: now, total: this.read() });
    const old = this.samples.findLastIndex(({ at }) => at + day <= now);
    if (old > 0) this.samples.splice(0, old);
  }

  /** Bytes in the 24 hours before `now`, up to an hour more. */
  last24Hours(now: Monotonic): number {
    const before = this.samples.findLast(({ at }) => at + day <= now)?.total ?? this.before;
    return this.read() - before;
  }
}

/** `write_bytes` of proc_pid_io(5); 0 where it cannot be read. */
function bytesOfProcess(): number {
  try {
    return Number(/^write_bytes: (\d+)$/m.exec(readFileSync('/proc/self/io', 'latin1'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
