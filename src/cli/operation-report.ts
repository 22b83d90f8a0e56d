/** Reports what became of operations, the same way for all verbs; only how a good answer looks differs from verb to verb. */
import type { OperationBody } from '../api/bodies/operation.ts';
import { type ExitCode, exitCodes } from '../api/exit-codes.ts';
import { type OperationRequestBody, waitDefaultMs } from '../api/operation-request.ts';
import { type Context, firstFailure } from './context.ts';
import { type Performed, perform } from './perform.ts';
import { lateError, queuedLines } from './screens/operation-text.ts';

/**
 * Performs a request and reports every result. `done` prints the operations that succeeded, all at once and in order; it is
 * not called with `--json`, where each operation is a line. Returns the exit code.
 */
export async function performAndReport(
  context: Context,
  wanted: OperationRequestBody,
  done: (operations: readonly OperationBody[]) => Promise<void>,
): Promise<ExitCode> {
  const results = await perform(context, wanted);
  const succeeded = results.flatMap((result) =>
    result.kind === 'operation' && result.operation.state === 'done' ? [result.operation] : [],
  );
  if (!context.json && succeeded.length > 0) await done(succeeded);
  const codes: ExitCode[] = [];
  for (const result of results) codes.push(await reportOne(context, wanted, result));
  return firstFailure(codes);
}

async function reportOne(context: Context, wanted: OperationRequestBody, result: Performed): Promise<ExitCode> {
  if (result.kind === 'error') return context.report(result.error);
  const { operation, line } = result;
  if (context.json) await context.print(line);
  if (operation.state === 'done') return exitCodes.done;
  if (operation.error === null) return unfinished(context, wanted, operation);
  return context.json ? operation.error.exit : context.report(operation.error);
}

/** Queued or sent when the waiting ended. */
async function unfinished(context: Context, wanted: OperationRequestBody, operation: OperationBody): Promise<ExitCode> {
  if (wanted.waitMs === 0) {
    if (!context.json) await context.print(String(operation.operation));
    return exitCodes.done;
  }
  if (operation.state === 'queued') {
    await context.say(...queuedLines(operation, wanted.expiresMs));
    return exitCodes.queued;
  }
  const late = lateError(operation, wanted.waitMs ?? waitDefaultMs);
  return context.json ? late.exit : context.report(late);
}
