/**
 * One entry of the durable event log: a confirmable notification or a Send, as it came. Owns the keys `ev/<id, 15 digits>`.
 * It is the duplicate record of that message too: peer, message ID, token and digest tell a repetition after a restart.
 */
import { boolean, bytes, float, isAbsent, text, unsigned } from './reader.ts';
import type { RecordKind } from './record-kind.ts';

export interface EventRecord {
  readonly kind: 'notification' | 'send';
  readonly endpoint: string;
  readonly path: string | undefined;
  readonly contentFormat: number | undefined;
  readonly payload: Uint8Array;
  readonly atUptimeMs: number;
  readonly atWall: number | undefined;
  readonly unverified: boolean;
  readonly peer: string;
  readonly messageId: number;
  readonly token: Uint8Array;
  readonly association: number;
  readonly digest: number;
  /** Of a notification: its Observe value (RFC 7641 section 3.4), by which a start knows the newest one. */
  readonly observe?: number | undefined;
}

const idDigits = 15;

export function eventName(id: number): string {
  return String(id).padStart(idDigits, '0');
}

export const eventRecord: RecordKind<EventRecord> = {
  prefix: 'ev/',
  version: 1,
  sealed: false,
  // In the order in which they are written: then nothing has to be sorted.
  toBody: (value) => ({
    a: value.association,
    b: value.payload,
    d: value.digest,
    e: value.endpoint,
    f: value.contentFormat,
    k: value.kind === 'send' ? 1 : 0,
    m: value.messageId,
    n: value.peer,
    o: value.observe,
    p: value.path,
    t: value.token,
    u: value.atUptimeMs,
    v: value.unverified ? true : undefined,
    w: value.atWall,
  }),
  fromBody: (body) => {
    const kind = unsigned(body, 'k');
    const endpoint = text(body, 'e');
    const payload = bytes(body, 'b');
    const atUptimeMs = float(body, 'u');
    const peer = text(body, 'n');
    const messageId = unsigned(body, 'm');
    const token = bytes(body, 't');
    const association = unsigned(body, 'a');
    const digest = unsigned(body, 'd');
    const path = text(body, 'p');
    if (kind === undefined || kind > 1 || endpoint === undefined || payload === undefined) return undefined;
    if (atUptimeMs === undefined || peer === undefined || messageId === undefined || token === undefined)
      return undefined;
    if (association === undefined || digest === undefined) return undefined;
    if (path === undefined && !isAbsent(body, 'p')) return undefined;
    return {
      kind: kind === 1 ? 'send' : 'notification',
      endpoint,
      path,
      contentFormat: unsigned(body, 'f'),
      payload,
      atUptimeMs,
      atWall: float(body, 'w'),
      unverified: boolean(body, 'v') ?? false,
      peer,
      messageId,
      token,
      association,
      digest,
      observe: unsigned(body, 'o'),
    };
  },
};
