/** `holdfast operations wait ID`: until it is over, then its answer as its verb prints it, and the exit code of its state. */
import type { ExitCode } from '../../api/exit-codes.ts';
import { operationId } from '../arguments.ts';
import type { Context } from '../context.ts';
import { type OperationFlags, waitOf } from '../operation-flags.ts';
import { awaitAndReport } from '../operation-wait.ts';

export async function operationsWait(context: Context, given: string, flags: OperationFlags): Promise<ExitCode> {
  const id = operationId(given);
  const waitMs = waitOf(flags) ?? Infinity;
  return awaitAndReport(context, id, () => waitMs);
}
