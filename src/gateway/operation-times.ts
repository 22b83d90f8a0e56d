/**
 * What a restart leaves of an operation's times. Ages run on uptime, and over the outage as far as a trusted clock tells how
 * long that was.
 */
import { after, type Monotonic, type Now } from '../base/instants.ts';
import type { SentMessage } from '../records/operation-record.ts';
import type { Operation } from './operation.ts';
import type { Uptime } from './uptime.ts';

/**
 * When a message of an earlier start left, on the clock of this one. Undefined when no trusted clock tells: it may have been
 * long ago. A clock that has gone back since tells nothing either.
 */
export function leftBefore({ atUptimeMs, atWall }: SentMessage, uptime: Uptime, now: Now): Monotonic | undefined {
  if (!now.wallTrusted || atWall === undefined || now.wall < atWall) return undefined;
  return after(now.monotonic, -Math.max(uptime.at(now) - atUptimeMs, now.wall - atWall));
}

/** A trusted clock tells how much of its time has passed: without one it keeps all of it, and nothing ends early. */
export function countOutage(operation: Operation, uptime: Uptime, now: Now): void {
  const { expiresAtWall } = operation;
  if (!now.wallTrusted || expiresAtWall === undefined) return;
  const byWall = uptime.at(now) + expiresAtWall - now.wall;
  operation.expiresAtUptimeMs = Math.min(operation.expiresAtUptimeMs, byWall);
}
