/**
 * What can go wrong, as a value: nothing that a peer sends throws. `kind` says what it means for the caller, `code` and
 * `mbedtlsName` what mbedTLS called it.
 */

/**
 * - `noise`: the datagram (or a part of it) was ignored; the connection is as it was.
 * - `replay`: noise too: a record that was received before, or is older than the receive window.
 * - `unknown-identity`, `wrong-key`, `no-common-suite`, `certificate-refused`: why a handshake cannot succeed; an operator
 *   wants to know. The last one: the peer sent no certificate, one that cannot be read or whose key is not his, or a chain
 *   that the caller refused.
 * - `close-notify`, `fatal-alert`, `timeout`: the connection has ended.
 * - `too-many-handshakes`: a server has no room for one more now; its client tries again.
 * - `send-ceiling`: the send sequence is used up until the caller raises its ceiling; the connection lives.
 * - `not-importable`: an export that is damaged, foreign, or of another meaning of the same bytes.
 * - `out-of-memory`, `internal`: the engine could not do its work.
 */
export type DtlsErrorKind =
  | 'noise'
  | 'replay'
  | 'unknown-identity'
  | 'wrong-key'
  | 'no-common-suite'
  | 'certificate-refused'
  | 'close-notify'
  | 'fatal-alert'
  | 'timeout'
  | 'too-many-handshakes'
  | 'send-ceiling'
  | 'not-importable'
  | 'out-of-memory'
  | 'internal';

/** An error of the engine. It is returned, not thrown, except for misuse of the API. */
export class DtlsError extends Error {
  override readonly name = 'DtlsError';
  /** What it means: noise, the end of a connection, or a fault. */
  readonly kind: DtlsErrorKind;
  /** mbedTLS's error code (negative), or 0 when the error is the binding's own. */
  readonly code: number;
  /** mbedTLS's name of the code, for example `MBEDTLS_ERR_SSL_TIMEOUT`. */
  readonly mbedtlsName: string;
  /** The description byte of a fatal alert (RFC 5246 section 7.2) that was received or sent. */
  readonly alert: number | undefined;

  constructor(kind: DtlsErrorKind, code: number, mbedtlsName: string, alert?: number) {
    super(alert === undefined ? `${kind} (${mbedtlsName})` : `${kind} (${mbedtlsName}, alert ${alert})`);
    this.kind = kind;
    this.code = code;
    this.mbedtlsName = mbedtlsName;
    this.alert = alert;
  }
}
