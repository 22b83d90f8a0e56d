/**
 * When the time of a refresh is written again. Nearly every Update says no more than "I am here": a lifetime that is counted
 * from an earlier one must only be known to be. So the time is written again when it has moved by a quarter of the lifetime,
 * and a restart gives a device what may be missing (`refreshStaleMs`).
 *
 * Not left out: the first refresh of a device in a start; one whose wall time has moved by as much, or has become known or
 * unknown, since silence is counted on that too; and the first of any device after the soon window, since the ages of
 * everything and the length of an outage count from the newest record.
 */
import type { Monotonic, Now } from '../base/instants.ts';
import { limits } from '../base/limits.ts';

interface Refresh {
  readonly updatedAtUptimeMs: number;
  /** Only when the clock was trusted. */
  readonly updatedAtWall: number | undefined;
}

/** By how much at most the refresh that was written is older than the newest one. */
export function refreshStaleMs(lifetimeMs: number): number {
  return Math.min(lifetimeMs / 4, limits.refreshStaleMsMax);
}

export class RefreshTimes {
  /** What this start has written, by endpoint. */
  private readonly written = new Map<string, Refresh>();
  private newestWrittenAt: Monotonic | undefined;
  private readonly soonWindowMs: number;

  constructor(soonWindowMs: number) {
    this.soonWindowMs = soonWindowMs;
  }

  /** Whether this refresh is to be written. */
  isDue(endpoint: string, lifetimeMs: number, refresh: Refresh, now: Now): boolean {
    const written = this.written.get(endpoint);
    if (written === undefined || this.newestWrittenAt === undefined) return true;
    if (now.monotonic - this.newestWrittenAt >= this.soonWindowMs) return true;
    const movedMs = refresh.updatedAtUptimeMs - written.updatedAtUptimeMs;
    return Math.max(movedMs, wallMovedMs(written, refresh)) >= refreshStaleMs(lifetimeMs);
  }

  /** This refresh is written now. */
  write(endpoint: string, { updatedAtUptimeMs, updatedAtWall }: Refresh, now: Now): void {
    this.written.set(endpoint, { updatedAtUptimeMs, updatedAtWall });
    this.newestWrittenAt = now.monotonic;
  }

  forget(endpoint: string): void {
    this.written.delete(endpoint);
  }
}

/** Infinite when one of the two is not known and the other is. */
function wallMovedMs({ updatedAtWall: from }: Refresh, { updatedAtWall: to }: Refresh): number {
  if (from === undefined || to === undefined) return from === to ? 0 : Number.POSITIVE_INFINITY;
  return Math.abs(to - from);
}
