/**
 * What was learned of how a device treats its connection, and where it was last. Owns the keys `ld/<endpoint>`. Of class `soon`:
 * whoever loses it learns it again.
 */
import { boolean, float, isAbsent, type RecordMap, text, unsigned } from './reader.ts';
import type { RecordKind } from './record-kind.ts';

/** Undefined: not known yet. */
export interface LearnedRecord {
  readonly listener: string;
  readonly address: string;
  /** It answers a handshake that the gateway begins. */
  readonly handshake: boolean | undefined;
  /** When that was found out, or tried in vain last. */
  readonly triedAtUptimeMs: number | undefined;
  /** How often in a row it did not. */
  readonly failures: number;
  /** It takes a session up again when the gateway begins. */
  readonly resumption: boolean | undefined;
  readonly connectionId: boolean | undefined;
  /** It sends over the connection that it has also after it was idle for a while. */
  readonly keepsConnection: boolean | undefined;
  /** How often in a row it did not. */
  readonly drops: number;
}

export const learnedRecord: RecordKind<LearnedRecord> = {
  prefix: 'ld/',
  version: 1,
  sealed: false,
  toBody: (value) => ({
    l: value.listener,
    a: value.address,
    h: value.handshake,
    t: value.triedAtUptimeMs && Math.floor(value.triedAtUptimeMs),
    f: value.failures,
    r: value.resumption,
    c: value.connectionId,
    k: value.keepsConnection,
    d: value.drops,
  }),
  fromBody: (body) => {
    const listener = text(body, 'l');
    const address = text(body, 'a');
    const failures = unsigned(body, 'f');
    const drops = unsigned(body, 'd');
    if (listener === undefined || address === undefined || failures === undefined || drops === undefined)
      return undefined;
    if (['h', 'r', 'c', 'k'].some((name) => isWrong(body, name))) return undefined;
    return {
      listener,
      address,
      handshake: boolean(body, 'h'),
      triedAtUptimeMs: float(body, 't'),
      failures,
      resumption: boolean(body, 'r'),
      connectionId: boolean(body, 'c'),
      keepsConnection: boolean(body, 'k'),
      drops,
    };
  },
};

function isWrong(body: RecordMap, name: string): boolean {
  return !isAbsent(body, name) && boolean(body, name) === undefined;
}
