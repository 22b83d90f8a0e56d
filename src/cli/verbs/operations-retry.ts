/** `holdfast operations retry ID`: sends one anew that is in doubt, under the same id, and waits as the other verbs do. */
import type { OperationBody } from '../../api/bodies/operation.ts';
import { type ExitCode, exitCodes } from '../../api/exit-codes.ts';
import { waitDefaultMs } from '../../api/operation-request.ts';
import { routes } from '../../api/routes.ts';
import { operationId } from '../arguments.ts';
import type { Context } from '../context.ts';
import { type OperationFlags, waitOf } from '../operation-flags.ts';
import { awaitAndReport } from '../operation-wait.ts';

export async function operationsRetry(context: Context, given: string, flags: OperationFlags): Promise<ExitCode> {
  const id = operationId(given);
  const begin = { method: 'POST', path: routes.retryOperation(id) } as const;
  if (flags.wait === false) {
    const text = await (await context.gateway.open(begin)).text();
    await context.print(context.json ? text : String(id));
    return exitCodes.done;
  }
  const waitMs = waitOf(flags);
  const wait = ({ device }: OperationBody): number => waitMs ?? (device?.state === 'asleep' ? 0 : waitDefaultMs);
  return awaitAndReport(context, id, wait, { begin });
}
