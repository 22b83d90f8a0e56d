/** What the engine's errors mean as drop reasons. */
import type { DtlsError } from 'mbedtls-wasm';
import type { DropReason } from '../base/drop-reason.ts';
import type { ConnectFailure } from './dtls-output.ts';

/** Why a protected record was not taken by the association it was for. */
export function noiseReason(dropped: DtlsError | undefined): DropReason {
  if (dropped?.kind === 'wrong-key') return 'wrong-key';
  if (dropped?.kind === 'replay') return 'replayed-record';
  return 'authentication-failed';
}

/** Why a handshake, or an established association, has ended. */
export function refusalReason(ended: DtlsError): DropReason {
  switch (ended.kind) {
    case 'unknown-identity':
      return 'unknown-identity';
    case 'wrong-key':
      return 'wrong-key';
    case 'no-common-suite':
      return 'no-common-cipher-suite';
    case 'certificate-refused':
      return 'certificate-refused';
    case 'timeout':
      return 'handshake-timeout';
    default:
      return 'handshake-failed';
  }
}

/** What the end of a handshake that we began means. */
export function connectFailure(ended: DtlsError): ConnectFailure {
  return ended.kind === 'timeout' ? 'no-answer' : 'refused';
}
