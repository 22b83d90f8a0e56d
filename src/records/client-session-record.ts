/**
 * A DTLS session that was made when the gateway shook hands with a device, to make the next such handshake shorter. Owns the
 * keys `cs/<identity>`: the newest of each. Sealed: it holds a master secret.
 */
import { bytes, float, unsigned } from './reader.ts';
import type { RecordKind } from './record-kind.ts';

export interface ClientSessionRecord {
  readonly credentialSerial: number;
  readonly uptimeMs: number;
  readonly session: Uint8Array;
}

export const clientSessionRecord: RecordKind<ClientSessionRecord> = {
  prefix: 'cs/',
  version: 1,
  sealed: true,
  toBody: ({ credentialSerial, uptimeMs, session }) => ({ credentialSerial, uptimeMs, session }),
  fromBody: (body) => {
    const credentialSerial = unsigned(body, 'credentialSerial');
    const uptimeMs = float(body, 'uptimeMs');
    const session = bytes(body, 'session');
    if (credentialSerial === undefined || uptimeMs === undefined || session === undefined) return undefined;
    return { credentialSerial, uptimeMs, session };
  },
};
