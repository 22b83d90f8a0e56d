/**
 * The uptime at which a record was written last that a start reads late (`late-kinds.ts`), in the same batch: ages must not run
 * backward, and these are not known yet when the start begins to serve. Owns the key `ut/late`.
 */
import { float } from './reader.ts';
import type { RecordKind } from './record-kind.ts';

export interface LateUptimeRecord {
  readonly atUptimeMs: number;
}

export const lateUptimeName = 'late';

export const lateUptimeRecord: RecordKind<LateUptimeRecord> = {
  prefix: 'ut/',
  version: 1,
  sealed: false,
  toBody: ({ atUptimeMs }) => ({ u: atUptimeMs }),
  fromBody: (body) => {
    const atUptimeMs = float(body, 'u');
    return atUptimeMs === undefined ? undefined : { atUptimeMs };
  },
};
