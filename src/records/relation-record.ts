/**
 * A running observation: the token that a device notifies with. Owns the keys `rl/<endpoint>/<path>/<token in hex>`. Durable
 * before the request that carries the token leaves. An ended one is kept until its successor stands.
 */
import { boolean, bytes, isAbsent, text, unsigned } from './reader.ts';
import type { RecordKind } from './record-kind.ts';

export interface RelationRecord {
  readonly peer: string;
  readonly token: Uint8Array;
  readonly ended: boolean;
  readonly rootPath: string;
  readonly accept: number | undefined;
}

export const relationRecord: RecordKind<RelationRecord> = {
  prefix: 'rl/',
  version: 1,
  sealed: false,
  toBody: (value) => ({ ...value }),
  fromBody: (body) => {
    const peer = text(body, 'peer');
    const token = bytes(body, 'token');
    const ended = boolean(body, 'ended');
    const rootPath = text(body, 'rootPath');
    const accept = unsigned(body, 'accept');
    if (peer === undefined || token === undefined || ended === undefined || rootPath === undefined) return undefined;
    if (accept === undefined && !isAbsent(body, 'accept')) return undefined;
    return { peer, token, ended, rootPath, accept };
  },
};
