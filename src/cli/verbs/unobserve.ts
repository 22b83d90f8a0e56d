/** `holdfast unobserve EP PATH...|--all`: withdraws wishes for notifications. */
import { type ExitCode, exitCodes } from '../../api/exit-codes.ts';
import { operationRequest } from '../../api/operation-request.ts';
import { devicePath } from '../arguments.ts';
import { wrongCall } from '../cli-error.ts';
import { type Context, firstFailure } from '../context.ts';
import { type Performed, perform } from '../perform.ts';
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
  for (const result of results) codes.push(await report(context, result));
  if (results.length === 0) await context.say(`${endpoint}: nothing was observed`);
  return firstFailure(codes);
}

async function report(context: Context, result: Performed): Promise<ExitCode> {
  if (result.kind === 'error') return context.report(result.error);
  const { operation, line } = result;
  if (context.json) await context.print(line);
  if (operation.error !== null) return context.json ? operation.error.exit : context.report(operation.error);
  await context.say(doneText(operation));
  return exitCodes.done;
}
