/** A device that is ignored, by an operator or by the crash-loop breaker. Owns the keys `mu/<endpoint>`. */
import { boolean, float, isAbsent, text } from './reader.ts';
import type { RecordKind } from './record-kind.ts';

export interface MutedRecord {
  readonly reason: string;
  readonly account: string;
  /** The gateway did it, not a person. */
  readonly byBreaker: boolean;
  readonly sinceUptimeMs: number;
  /** Only when the clock was trusted. */
  readonly sinceWall: number | undefined;
  /** When it ends by itself; undefined: when somebody ends it. */
  readonly untilUptimeMs: number | undefined;
  /** `listener|address` of a device without DTLS, which is known by nothing else. */
  readonly route: string | undefined;
}

export const mutedRecord: RecordKind<MutedRecord> = {
  prefix: 'mu/',
  version: 1,
  sealed: false,
  toBody: (value) => ({ ...value }),
  fromBody: (body) => {
    const reason = text(body, 'reason');
    const account = text(body, 'account');
    const byBreaker = boolean(body, 'byBreaker');
    const sinceUptimeMs = float(body, 'sinceUptimeMs');
    const sinceWall = float(body, 'sinceWall');
    const untilUptimeMs = float(body, 'untilUptimeMs');
    const route = text(body, 'route');
    if (reason === undefined || account === undefined || byBreaker === undefined) return undefined;
    if (sinceUptimeMs === undefined || (sinceWall === undefined && !isAbsent(body, 'sinceWall'))) return undefined;
    if (untilUptimeMs === undefined && !isAbsent(body, 'untilUptimeMs')) return undefined;
    if (route === undefined && !isAbsent(body, 'route')) return undefined;
    return { reason, account, byBreaker, sinceUptimeMs, sinceWall, untilUptimeMs, route };
  },
};
