/** `holdfast unobserve EP PATH...|--all`: withdraws wishes for notifications. */
import { type ExitCode, exitCodes } from '../../api/exit-codes.ts';
import { operationRequest } from '../../api/operation-request.ts';
import { devicePath } from '../arguments.ts';
import { wrongCall } from '../cli-error.ts';
import { type Context, firstFailure } from '../context.ts';
import { perform } from '../perform.ts';
import { doneText } from '../screens/operation-text.ts';

export interface UnobserveFlags {
  readonly all?: boolean;
}

export async function unobserve(
  context: Context,
  endpoint: string,
  paths: readonly string[],
  flags: UnobserveFlags,
): Promise<ExitCode> {
  if ((flags.all === true) === paths.length > 0) throw wrongCall('unobserve takes paths, or --all.');
  const wanted = operationRequest('unobserve', endpoint, { paths: paths.map((path) => devicePath(path)) });
  const results = await perform(context, wanted);
  const codes: ExitCode[] = [];
  for (const result of results) {
    if (result.kind === 'error') codes.push(await context.report(result.error));
    else if (context.json) await context.print(result.line);
    else if (result.operation.error !== null) codes.push(await context.report(result.operation.error));
    else await context.say(doneText(result.operation));
    if (result.kind === 'operation' && result.operation.error !== null) codes.push(result.operation.error.exit);
  }
  if (results.length === 0) await context.say(`${endpoint}: nothing was observed`);
  return codes.length === 0 ? exitCodes.done : firstFailure(codes);
}
