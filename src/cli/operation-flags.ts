/** The flags that all verbs share which reach a device: how long to wait, and how long the request may. */
import { expiresDefaultMs, type OperationRequestBody } from '../api/operation-request.ts';
import { duration } from './arguments.ts';
import { wrongCall } from './cli-error.ts';

/** As `--help` shows them. */
export const waitingOption = {
  wait: ['--wait <duration>', 'how long to wait for the answer (10s if it is awake, else not at all)'],
  noWait: ['--no-wait', 'print the id of the operation and return at once'],
} as const;

export interface OperationFlags {
  /** A duration; false with `--no-wait`; commander's true when neither is there. */
  readonly wait?: string | boolean;
  readonly expires?: string;
}

export function waiting(flags: OperationFlags): Pick<OperationRequestBody, 'waitMs' | 'expiresMs'> {
  const expiresMs = flags.expires === undefined ? expiresDefaultMs : duration('--expires', flags.expires);
  if (expiresMs === 0) throw wrongCall('--expires is 0: the operation would expire before it is sent.');
  if (flags.wait === false) return { waitMs: 0, expiresMs };
  return { waitMs: waitOf(flags) ?? null, expiresMs };
}

/** What `--wait` says; undefined without it. */
export function waitOf({ wait }: Pick<OperationFlags, 'wait'>): number | undefined {
  return typeof wait === 'string' ? duration('--wait', wait) : undefined;
}
