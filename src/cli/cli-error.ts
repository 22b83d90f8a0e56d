/** What ends a command before its time: an error to report, an interruption, or the loss of the gateway underneath. */
import { type ErrorCode, type ErrorDetails, errorDetails } from '../api/error-codes.ts';

/** Carries the details to the one place that reports them. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly details: ErrorDetails;

  constructor(details: ErrorDetails) {
    super(details.message);
    this.details = details;
  }
}

/** The connection broke after it stood: the gateway stopped, perhaps in the middle of an answer. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/** Ctrl-C. What there is to say has been said. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** An error in the call, with the lines to show below it. */
export function wrongCall(message: string, lines: readonly string[] = [], code: ErrorCode = 'BAD_REQUEST'): CliError {
  return new CliError(errorDetails(code, message, { lines }));
}

/** Whether the gateway is away, as it is for a moment at every restart. */
export function isGone(error: unknown): boolean {
  return error instanceof ConnectionLost || (error instanceof CliError && error.details.code === 'NOT_RUNNING');
}
