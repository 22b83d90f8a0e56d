/**
 * When a device last refreshed its registration and was last heard, or some time before. Owns the keys `sn/<endpoint>`. Of class
 * `soon`, and not written at each refresh: a registration may live a little longer than it should, never shorter.
 */
import { float, isAbsent } from './reader.ts';
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
  version: 1,
  sealed: false,
  toBody: (value) => ({
    u: value.updatedAtUptimeMs,
    h: value.heardAtUptimeMs,
    hw: value.heardAtWall,
    uw: value.updatedAtWall,
  }),
  fromBody: (body) => {
    const updatedAtUptimeMs = float(body, 'u');
    const heardAtUptimeMs = float(body, 'h');
    const heardAtWall = float(body, 'hw');
    const updatedAtWall = float(body, 'uw');
    if (updatedAtUptimeMs === undefined || heardAtUptimeMs === undefined) return undefined;
    if (heardAtWall === undefined && !isAbsent(body, 'hw')) return undefined;
    return { updatedAtUptimeMs, heardAtUptimeMs, heardAtWall, updatedAtWall };
  },
};
