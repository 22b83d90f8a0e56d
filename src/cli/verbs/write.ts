/** `holdfast write EP PATH VALUE` or `EP PATH=VALUE...`. The confirmation goes to stderr; stdout stays empty. */
import type { ExitCode } from '../../api/exit-codes.ts';
import { operationRequest } from '../../api/operation-request.ts';
import { writtenValues } from '../assignments.ts';
import type { Context } from '../context.ts';
import { type OperationFlags, waiting } from '../operation-flags.ts';
import { performAndReport } from '../operation-report.ts';
import { doneText } from '../screens/operation-text.ts';

export interface WriteFlags extends OperationFlags {
  readonly replace?: boolean;
}

export async function write(
  context: Context,
  endpoint: string,
  words: readonly string[],
  flags: WriteFlags,
): Promise<ExitCode> {
  const values = await writtenValues(context.io, words);
  const wanted = operationRequest('write', endpoint, { ...waiting(flags), values, replace: flags.replace === true });
  return performAndReport(context, wanted, (operations) =>
    context.say(...operations.map((operation) => doneText(operation, values.length))),
  );
}
