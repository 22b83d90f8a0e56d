/** What a device proves its identity with. Owns the keys `cr/<endpoint>`. Sealed: it holds the key. */
import { bytes, float, isAbsent, text, unsigned } from './reader.ts';
import type { RecordKind } from './record-kind.ts';

export interface CredentialRecord {
  readonly identity: string;
  readonly key: Uint8Array;
  /** Another one with every change: a session made with an older one is not resumed. 32 bits. */
  readonly serial: number;
  readonly addedAtWall: number | undefined;
  readonly addedBy: string;
}

export const credentialRecord: RecordKind<CredentialRecord> = {
  prefix: 'cr/',
  version: 1,
  sealed: true,
  toBody: (value) => ({ ...value }),
  fromBody: (body) => {
    const identity = text(body, 'identity');
    const key = bytes(body, 'key');
    const serial = unsigned(body, 'serial');
    const addedAtWall = float(body, 'addedAtWall');
    const addedBy = text(body, 'addedBy');
    if (identity === undefined || key === undefined || serial === undefined || addedBy === undefined) return undefined;
    if (addedAtWall === undefined && !isAbsent(body, 'addedAtWall')) return undefined;
    return { identity, key, serial, addedAtWall, addedBy };
  },
};
