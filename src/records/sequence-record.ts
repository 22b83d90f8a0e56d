/** The newest notification of a running observation. Owns the keys `rq/<endpoint>/<path>/<token in hex>`. Of class `soon`. */
import { float, unsigned } from './reader.ts';
import type { RecordKind } from './record-kind.ts';

export interface SequenceRecord {
  /** The Observe value (RFC 7641 section 3.4). */
  readonly sequence: number;
  readonly atUptimeMs: number;
  readonly received: number;
}

export const sequenceRecord: RecordKind<SequenceRecord> = {
  prefix: 'rq/',
  version: 1,
  sealed: false,
  toBody: (value) => ({ s: value.sequence, u: value.atUptimeMs, r: value.received }),
  fromBody: (body) => {
    const sequence = unsigned(body, 's');
    const atUptimeMs = float(body, 'u');
    const received = unsigned(body, 'r');
    if (sequence === undefined || atUptimeMs === undefined || received === undefined) return undefined;
    return { sequence, atUptimeMs, received };
  },
};
