/** A DTLS session for abbreviated handshakes by session id. Owns the keys `ss/<session id in hex>`. Sealed: it holds a master secret. */
import { bytes, float, text, unsigned } from './reader.ts';
import type { RecordKind } from './record-kind.ts';

export interface SessionRecord {
  readonly identity: string;
  readonly credentialSerial: number;
  readonly uptimeMs: number;
  readonly session: Uint8Array;
}

export const sessionRecord: RecordKind<SessionRecord> = {
  prefix: 'ss/',
  version: 1,
  sealed: true,
  toBody: (value) => ({ ...value }),
  fromBody: (body) => {
    const identity = text(body, 'identity');
    const credentialSerial = unsigned(body, 'credentialSerial');
    const uptimeMs = float(body, 'uptimeMs');
    const session = bytes(body, 'session');
    if (identity === undefined || credentialSerial === undefined) return undefined;
    if (uptimeMs === undefined || session === undefined) return undefined;
    return { identity, credentialSerial, uptimeMs, session };
  },
};
