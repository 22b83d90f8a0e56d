/**
 * The closed list of error codes in JSON, the exit code and the HTTP status of each, and the one body every error has:
 * `{"error":{"exit","code","message","lines","next","operation"}}`. Codes are only ever added.
 */
import { type ExitCode, exitCodes } from './exit-codes.ts';

interface Meaning {
  readonly exit: ExitCode;
  /** HTTP status on Holdfast's own paths; on Leshan's paths some differ (see `leshan/bodies.ts`). */
  readonly status: number;
}

export const errorCodes = {
  UNEXPECTED: { exit: exitCodes.unexpected, status: 500 },
  BAD_REQUEST: { exit: exitCodes.wrongCall, status: 400 },
  BAD_PATH: { exit: exitCodes.wrongCall, status: 400 },
  BAD_VALUE: { exit: exitCodes.wrongCall, status: 400 },
  TYPE_UNKNOWN: { exit: exitCodes.wrongCall, status: 400 },
  BAD_KEY: { exit: exitCodes.wrongCall, status: 400 },
  /** No such path or method in the interface. */
  UNKNOWN_ROUTE: { exit: exitCodes.wrongCall, status: 404 },
  /** Known to the interface, not built yet. */
  NOT_SUPPORTED: { exit: exitCodes.wrongCall, status: 501 },
  NOT_RUNNING: { exit: exitCodes.notRunning, status: 503 },
  NO_PERMISSION: { exit: exitCodes.noPermission, status: 403 },
  UNKNOWN_DEVICE: { exit: exitCodes.unknown, status: 404 },
  NOT_REGISTERED: { exit: exitCodes.unknown, status: 409 },
  NOT_OBSERVED: { exit: exitCodes.unknown, status: 404 },
  UNKNOWN_READER: { exit: exitCodes.unknown, status: 404 },
  UNKNOWN_OPERATION: { exit: exitCodes.unknown, status: 404 },
  /** The operation is in a state in which this cannot be done with it. */
  WRONG_STATE: { exit: exitCodes.wrongCall, status: 409 },
  DEVICE_REFUSED: { exit: exitCodes.deviceRefused, status: 502 },
  NO_ANSWER: { exit: exitCodes.noAnswer, status: 504 },
  EXPIRED: { exit: exitCodes.noAnswer, status: 504 },
  QUEUED: { exit: exitCodes.queued, status: 202 },
  IN_DOUBT: { exit: exitCodes.inDoubt, status: 504 },
  STORE_UNAVAILABLE: { exit: exitCodes.gatewayRefuses, status: 503 },
  QUEUE_FULL: { exit: exitCodes.gatewayRefuses, status: 429 },
  MUTED: { exit: exitCodes.gatewayRefuses, status: 409 },
  LIMIT_REACHED: { exit: exitCodes.gatewayRefuses, status: 429 },
  EXISTS_ALREADY: { exit: exitCodes.existsAlready, status: 409 },
  CANCELLED: { exit: exitCodes.cancelled, status: 409 },
  SCHEMA_DIFFERS: { exit: exitCodes.schemaDiffers, status: 400 },
  CONFIGURATION: { exit: exitCodes.configuration, status: 500 },
  INTERRUPTED: { exit: exitCodes.interrupted, status: 500 },
} as const satisfies Readonly<Record<string, Meaning>>;

export type ErrorCode = keyof typeof errorCodes;

/** What went wrong, for programs (`exit`, `code`, `next`, `operation`) and for people (`message`, `lines`). */
export interface ErrorDetails {
  readonly exit: ExitCode;
  readonly code: ErrorCode;
  /** One sentence, without `error: `, the user's own words quoted. */
  readonly message: string;
  /** The indented lines that people see below it, wrapped, without the indent: why, and what to do next. */
  readonly lines: readonly string[];
  /** The command to run next, ready to copy. */
  readonly next: string | null;
  readonly operation: number | null;
}

export interface ErrorBody {
  readonly error: ErrorDetails;
}

/** An error of this code; `more` says what applies beyond the sentence. */
export function errorDetails(
  code: ErrorCode,
  message: string,
  more: Partial<Pick<ErrorDetails, 'lines' | 'next' | 'operation'>> = {},
): ErrorDetails {
  return { exit: errorCodes[code].exit, code, message, lines: [], next: null, operation: null, ...more };
}

/** Whether a parsed JSON value is the body of an error. */
export function isErrorBody(value: unknown): value is ErrorBody {
  if (typeof value !== 'object' || value === null || !('error' in value)) return false;
  const { error } = value;
  // An operation's object has an error of its own, beside its other fields.
  return Object.keys(value).length === 1 && typeof error === 'object' && error !== null && 'exit' in error;
}
