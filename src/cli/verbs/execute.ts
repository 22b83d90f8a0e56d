/** `holdfast execute EP PATH [ARGUMENTS]`. Never repeated by itself when it may have run. */
import type { ExitCode } from '../../api/exit-codes.ts';
import { operationRequest } from '../../api/operation-request.ts';
import { devicePath } from '../arguments.ts';
import type { Context } from '../context.ts';
import { type OperationFlags, waiting } from '../operation-flags.ts';
import { performAndReport } from '../operation-report.ts';
import { doneText } from '../screens/operation-text.ts';

/** `given` is in LwM2M's own syntax and goes out as it stands. */
export async function execute(
  context: Context,
  endpoint: string,
  path: string,
  given: string | undefined,
  flags: OperationFlags,
): Promise<ExitCode> {
  const wanted = operationRequest('execute', endpoint, {
    ...waiting(flags),
    paths: [devicePath(path)],
    arguments: given ?? null,
  });
  return performAndReport(context, wanted, (operations) =>
    context.say(...operations.map((operation) => doneText(operation))),
  );
}
