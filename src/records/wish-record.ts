/** Somebody wishes to be notified of a path, until he withdraws it. Owns the keys `wi/<endpoint>/<path>`. */
import { isAbsent, text, unsigned } from './reader.ts';
import type { RecordKind } from './record-kind.ts';

export interface WishRecord {
  readonly pminSeconds: number | undefined;
  readonly pmaxSeconds: number | undefined;
  readonly account: string;
}

export const wishRecord: RecordKind<WishRecord> = {
  prefix: 'wi/',
  version: 1,
  sealed: false,
  toBody: (value) => ({ ...value }),
  fromBody: (body) => {
    const account = text(body, 'account');
    const pminSeconds = unsigned(body, 'pminSeconds');
    const pmaxSeconds = unsigned(body, 'pmaxSeconds');
    if (account === undefined || (pminSeconds === undefined && !isAbsent(body, 'pminSeconds'))) return undefined;
    if (pmaxSeconds === undefined && !isAbsent(body, 'pmaxSeconds')) return undefined;
    return { pminSeconds, pmaxSeconds, account };
  },
};
