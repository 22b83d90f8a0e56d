/** `holdfast discover EP PATH`: what is there, with attributes. `/` is answered from the registration. */
import type { ExitCode } from '../../api/exit-codes.ts';
import { operationRequest } from '../../api/operation-request.ts';
import { devicePath } from '../arguments.ts';
import type { Context } from '../context.ts';
import { printLinks } from '../operation-answer.ts';
import { type OperationFlags, waiting } from '../operation-flags.ts';
import { performAndReport } from '../operation-report.ts';

export async function discover(
  context: Context,
  endpoint: string,
  path: string,
  flags: OperationFlags,
): Promise<ExitCode> {
  const wanted = operationRequest('discover', endpoint, { ...waiting(flags), paths: [devicePath(path, true)] });
  return performAndReport(context, wanted, (operations) => printLinks(context, operations));
}
