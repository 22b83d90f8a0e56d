/** The flags that all verbs share which reach a device: how long to wait, and how long the request may. */
import { expiresDefaultMs, type OperationRequestBody } from '../api/operation-request.ts';
import { duration } from './arguments.ts';
import { wrongCall } from './cli-error.ts';

export interface OperationFlags {
  /** A duration; false with `--no-wait`; commander's true when neither is there. */
  readonly wait?: string | boolean;
  readonly expires?: string;
}

export function waiting(flags: OperationFlags): Pick<OperationRequestBody, 'waitMs' | 'expiresMs'> {
  const expiresMs = flags.expires === undefined ? expiresDefaultMs : duration('--expires', flags.expires);
  if (expiresMs === 0) throw wrongCall('--expires is 0: the operation would expire before it is sent.');
  if (flags.wait === false) return { waitMs: 0, expiresMs };
  return { waitMs: typeof flags.wait === 'string' ? duration('--wait', flags.wait) : null, expiresMs };
}
