/** Why a payload could not be read or written: a value, never an exception. What a device sends is data, also when it is nonsense. */

export const formatErrorCodes = [
  'unsupported-format',
  'too-long',
  'too-many-entries',
  'syntax',
  'truncated',
  'trailing',
  'depth',
  'utf8',
  'base64',
  'nesting',
  'nested-length',
  'reserved-id',
  'duplicate',
  'duplicate-label',
  'label',
  'must-understand',
  'unsupported-label',
  'base-version',
  'no-name',
  'path',
  'path-mismatch',
  'missing-value',
  'several-values',
  'value-in-path-list',
  'null-value',
  'type-mismatch',
  'value-length',
  'value-range',
  'unknown-type',
] as const;

export type FormatErrorCode = (typeof formatErrorCodes)[number];

export interface FormatError {
  readonly formatError: FormatErrorCode;
  /** One sentence for people. */
  readonly reason: string;
}

export function formatError(code: FormatErrorCode, reason: string): FormatError {
  return { formatError: code, reason };
}

export function isFormatError(result: unknown): result is FormatError {
  return typeof result === 'object' && result !== null && 'formatError' in result;
}
