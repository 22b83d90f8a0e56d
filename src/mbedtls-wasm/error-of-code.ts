/** What mbedTLS's and the shim's codes mean. */
import { DtlsError, type DtlsErrorKind } from './errors.ts';

interface Meaning {
  name: string;
  kind: DtlsErrorKind;
}

/** The shim's own codes (`c/shim.h`) and those of mbedTLS's that mean something of their own to a caller. */
const meanings: Readonly<Record<number, Meaning>> = {
  [-1]: { name: 'SHIM_SEND_CEILING', kind: 'send-ceiling' },
  [-2]: { name: 'SHIM_NOT_IMPORTABLE', kind: 'not-importable' },
  [-3]: { name: 'SHIM_REPLAYED', kind: 'replay' },
  [-4]: { name: 'MBEDTLS_ERR_SSL_INVALID_MAC', kind: 'wrong-key' },
  [-5]: { name: 'SHIM_WRONG_PRIVATE_KEY', kind: 'internal' },
  [-6]: { name: 'SHIM_CHAIN_TOO_LONG', kind: 'internal' },
  [-0x2700]: { name: 'MBEDTLS_ERR_X509_CERT_VERIFY_FAILED', kind: 'certificate-refused' },
  [-0x2880]: { name: 'MBEDTLS_ERR_X509_ALLOC_FAILED', kind: 'out-of-memory' },
  [-0x3000]: { name: 'MBEDTLS_ERR_X509_FATAL_ERROR', kind: 'certificate-refused' },
  [-0x4e00]: { name: 'MBEDTLS_ERR_ECP_VERIFY_FAILED', kind: 'certificate-refused' },
  [-0x6800]: { name: 'MBEDTLS_ERR_SSL_TIMEOUT', kind: 'timeout' },
  [-0x6c80]: { name: 'MBEDTLS_ERR_SSL_UNKNOWN_IDENTITY', kind: 'unknown-identity' },
  [-0x7480]: { name: 'MBEDTLS_ERR_SSL_NO_CLIENT_CERTIFICATE', kind: 'certificate-refused' },
  [-0x7780]: { name: 'MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE', kind: 'fatal-alert' },
  [-0x7880]: { name: 'MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY', kind: 'close-notify' },
  [-0x7a00]: { name: 'MBEDTLS_ERR_SSL_BAD_CERTIFICATE', kind: 'certificate-refused' },
  [-0x7f00]: { name: 'MBEDTLS_ERR_SSL_ALLOC_FAILED', kind: 'out-of-memory' },
};

/** Names of the other codes of mbedTLS's `ssl.h`; their kind depends on where they occur. */
const names: Readonly<Record<number, string>> = {
  [-0x6600]: 'MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER',
  [-0x6580]: 'MBEDTLS_ERR_SSL_CONTINUE_PROCESSING',
  [-0x6000]: 'MBEDTLS_ERR_SSL_UNEXPECTED_CID',
  [-0x6700]: 'MBEDTLS_ERR_SSL_UNEXPECTED_RECORD',
  [-0x6780]: 'MBEDTLS_ERR_SSL_CLIENT_RECONNECT',
  [-0x6900]: 'MBEDTLS_ERR_SSL_WANT_READ',
  [-0x6a00]: 'MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL',
  [-0x6c00]: 'MBEDTLS_ERR_SSL_INTERNAL_ERROR',
  [-0x6e00]: 'MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE',
  [-0x6e80]: 'MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION',
  [-0x6b80]: 'MBEDTLS_ERR_SSL_COUNTER_WRAPPING',
  [-0x7080]: 'MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE',
  [-0x7100]: 'MBEDTLS_ERR_SSL_BAD_INPUT_DATA',
  [-0x7180]: 'MBEDTLS_ERR_SSL_INVALID_MAC',
  [-0x7200]: 'MBEDTLS_ERR_SSL_INVALID_RECORD',
  [-0x7280]: 'MBEDTLS_ERR_SSL_CONN_EOF',
  [-0x7300]: 'MBEDTLS_ERR_SSL_DECODE_ERROR',
  [-0x7500]: 'MBEDTLS_ERR_SSL_UNSUPPORTED_EXTENSION',
  [-0x7580]: 'MBEDTLS_ERR_SSL_NO_APPLICATION_PROTOCOL',
  [-0x7600]: 'MBEDTLS_ERR_SSL_PRIVATE_KEY_REQUIRED',
  [-0x7700]: 'MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE',
  [-0x7800]: 'MBEDTLS_ERR_SSL_UNRECOGNIZED_NAME',
};

/** Alerts of ours that say what was wrong with a certificate, for example that it cannot be read (RFC 5246 section 7.2.2). */
const certificateAlerts = [42, 43, 44, 45, 46, 48];

const codeName = (code: number): string => names[code] ?? `-0x${(-code).toString(16)}`;

/** Why a datagram, or a part of it, was ignored. */
export function droppedError(code: number): DtlsError {
  const meaning = meanings[code];
  return new DtlsError(meaning?.kind ?? 'noise', code, meaning?.name ?? codeName(code));
}

/**
 * Why a connection ended. A handshake that mbedTLS gave up is `fatal-alert` with the alert that was sent; 40 sent by a server
 * means that no suite was common (RFC 5246 section 7.4.1.3).
 */
export function endedError(code: number, alert: number, isServer: boolean): DtlsError {
  const meaning = meanings[code];
  const shown = alert > 0 ? alert : undefined;
  if (meaning !== undefined) return new DtlsError(meaning.kind, code, meaning.name, shown);
  if (certificateAlerts.includes(alert)) return new DtlsError('certificate-refused', code, codeName(code), shown);
  if (isServer && code === -0x6e00) return new DtlsError('no-common-suite', code, codeName(code), shown);
  return new DtlsError('fatal-alert', code, codeName(code), shown);
}

/** Why a call could not do what it was asked for. */
export function failedError(code: number): DtlsError {
  const meaning = meanings[code];
  return new DtlsError(meaning?.kind ?? 'internal', code, meaning?.name ?? codeName(code));
}
