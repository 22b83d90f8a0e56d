/**
 * The time that ages count: uptime, summed over all starts. It stands still while the board is off and never runs backward,
 * so ages hold also on a board that wakes in 1970. The records carry it; a start goes on from the highest one found.
 */
import type { Monotonic, Now } from '../base/instants.ts';

export class Uptime {
  private baseMs = 0;
  private startedAt: Monotonic | undefined;
  /** The newest wall time that was trusted, and the uptime at which it was. */
  private lastWall: { readonly wallMs: number; readonly uptimeMs: number } | undefined;

  /** A kept record was written at this uptime. */
  sawRecordOf(uptimeMs: number): void {
    if (uptimeMs > this.baseMs) this.baseMs = uptimeMs;
  }

  /** A kept record bears this wall time, which was trusted when it was written, and this uptime. */
  sawRecordAt(wallMs: number | undefined, uptimeMs: number): void {
    if (wallMs !== undefined && wallMs > (this.lastWall?.wallMs ?? 0)) this.lastWall = { wallMs, uptimeMs };
  }

  /**
   * How long before this start the newest kept record was written, as far as a trusted clock tells; 0 when none does. Since that clock was last
   * trusted the gateway may have been up for long without one: that time is no outage.
   */
  outageMs(now: Now): number {
    if (!now.wallTrusted || this.lastWall === undefined) return 0;
    const { wallMs, uptimeMs } = this.lastWall;
    return Math.max(0, now.wall - this.sinceStartMs(now) - wallMs - (this.baseMs - uptimeMs));
  }

  start(now: Now): void {
    this.startedAt = now.monotonic;
    // What is written from here on is younger than everything kept.
    this.baseMs += 1;
  }

  at(now: Now): number {
    return this.baseMs + (this.startedAt === undefined ? 0 : now.monotonic - this.startedAt);
  }

  sinceStartMs(now: Now): number {
    return this.startedAt === undefined ? 0 : now.monotonic - this.startedAt;
  }

  /** Where the uptime of an earlier or later instant lies on the monotonic clock of this start. */
  monotonicOf(uptimeMs: number): Monotonic {
    return ((this.startedAt ?? 0) + uptimeMs - this.baseMs) as Monotonic;
  }
}
