/**
 * When a device last refreshed its registration and was last heard, or some time before. Owns the keys `sn/<endpoint>`. Of class
 * `soon`, and not written at each refresh: a registration may live a little longer than it should, never shorter.
 */
import { float, isAbsent, type RecordMap, unsigned } from './reader.ts';
import type { RecordKind } from './record-kind.ts';

export interface SeenRecord {
  readonly updatedAtUptimeMs: number;
  readonly heardAtUptimeMs: number;
  /** Only when the clock was trusted. */
  readonly heardAtWall: number | undefined;
  readonly updatedAtWall: number | undefined;
}

export const seenRecord: RecordKind<SeenRecord> = {
  prefix: 'sn/',
  version: 2,
  sealed: false,
  // Whole milliseconds, and never later than it was.
  toBody: (value) => ({
    u: Math.floor(value.updatedAtUptimeMs),
    h: Math.floor(value.heardAtUptimeMs),
    hw: value.heardAtWall && Math.floor(value.heardAtWall),
    uw: value.updatedAtWall && Math.floor(value.updatedAtWall),
  }),
  fromBody: (body) => seen(body, unsigned),
  // Version 1 kept fractions of a millisecond, in nine bytes each.
  earlier: { 1: (body) => seen(body, float) },
};

function seen(body: RecordMap, number: typeof float): SeenRecord | undefined {
  const updatedAtUptimeMs = number(body, 'u');
  const heardAtUptimeMs = number(body, 'h');
  const heardAtWall = number(body, 'hw');
  const updatedAtWall = number(body, 'uw');
  if (updatedAtUptimeMs === undefined || heardAtUptimeMs === undefined) return undefined;
  if (heardAtWall === undefined && !isAbsent(body, 'hw')) return undefined;
  return { updatedAtUptimeMs, heardAtUptimeMs, heardAtWall, updatedAtWall };
}
