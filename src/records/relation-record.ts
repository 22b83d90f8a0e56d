/**
 * A running observation: the token that a device notifies with. Owns the keys `rl/<endpoint>/<path>/<token in hex>`. Durable
 * before the request that carries the token leaves. An ended one is kept until its successor stands.
 */
import { boolean, bytes, float, isAbsent, listOf, text, unsigned } from './reader.ts';
import type { RecordKind } from './record-kind.ts';

export interface RelationRecord {
  readonly peer: string;
  readonly token: Uint8Array;
  /** The device has answered that it observes: a restart need not ask again. */
  readonly standing: boolean;
  readonly ended: boolean;
  /** Orders the relations of one wish by age. */
  readonly askedAtUptimeMs: number;
  /** The request that started it; a cancellation repeats it (RFC 7641 section 3.6). */
  readonly requestPath: readonly string[];
  readonly query: readonly string[];
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
    const standing = boolean(body, 'standing');
    const ended = boolean(body, 'ended');
    const askedAtUptimeMs = float(body, 'askedAtUptimeMs');
    const requestPath = listOf(body, 'requestPath', asText);
    const query = listOf(body, 'query', asText);
    const accept = unsigned(body, 'accept');
    if (peer === undefined || token === undefined || standing === undefined || ended === undefined) return undefined;
    if (requestPath === undefined || query === undefined || askedAtUptimeMs === undefined) return undefined;
    if (accept === undefined && !isAbsent(body, 'accept')) return undefined;
    return { peer, token, standing, ended, askedAtUptimeMs, requestPath, query, accept };
  },
};

function asText(item: unknown): string | undefined {
  return typeof item === 'string' ? item : undefined;
}
