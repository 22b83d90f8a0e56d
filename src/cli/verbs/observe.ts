/** `holdfast observe EP PATH...`: a wish for notifications, kept over restarts; with `--follow` the values as they come. */
import type { EventBody } from '../../api/bodies/event.ts';
import type { OperationBody } from '../../api/bodies/operation.ts';
import type { StatusBody } from '../../api/bodies/status.ts';
import { parseDevicePath } from '../../api/device-path.ts';
import { shellWord } from '../../api/error-texts.ts';
import { type ExitCode, exitCodes } from '../../api/exit-codes.ts';
import { type OperationRequestBody, operationRequest } from '../../api/operation-request.ts';
import { routes } from '../../api/routes.ts';
import { devicePath, wholeSeconds } from '../arguments.ts';
import { Interrupted, wrongCall } from '../cli-error.ts';
import { timeToday } from '../clock-time.ts';
import { type Context, firstFailure } from '../context.ts';
import { EventFollower } from '../event-follower.ts';
import { type OperationFlags, waiting } from '../operation-flags.ts';
import { type Performed, perform } from '../perform.ts';
import { observedLines } from '../screens/operation-text.ts';
import { valueText } from '../screens/values-table.ts';
import { type Column, tableLines } from '../table.ts';

export interface ObserveFlags extends OperationFlags {
  readonly pmin?: string;
  readonly pmax?: string;
  readonly follow?: boolean;
}

export async function observe(
  context: Context,
  endpoint: string,
  paths: readonly string[],
  flags: ObserveFlags,
): Promise<ExitCode> {
  const pminSeconds = flags.pmin === undefined ? null : wholeSeconds('--pmin', flags.pmin);
  const pmaxSeconds = flags.pmax === undefined ? null : wholeSeconds('--pmax', flags.pmax);
  if (pminSeconds !== null && pmaxSeconds !== null && pminSeconds > pmaxSeconds) {
    throw wrongCall(`--pmin ${flags.pmin} is more than --pmax ${flags.pmax}. Nothing was sent.`);
  }
  const wanted = operationRequest('observe', endpoint, {
    ...waiting(flags),
    paths: paths.map((path) => devicePath(path)),
    pminSeconds,
    pmaxSeconds,
  });
  return flags.follow === true ? observeAndFollow(context, wanted) : observeOnly(context, wanted);
}

async function observeOnly(context: Context, wanted: OperationRequestBody): Promise<ExitCode> {
  const results = await perform(context, wanted);
  const codes: ExitCode[] = [];
  for (const result of results) codes.push(await report(context, result, true));
  return firstFailure(codes);
}

/** The wish is kept whether the device is there or not, so only an error is a failure. */
async function report(context: Context, result: Performed, confirms: boolean): Promise<ExitCode> {
  if (result.kind === 'error') return context.report(result.error);
  const { operation, line } = result;
  if (context.json) await context.print(line);
  if (operation.error !== null) return context.json ? operation.error.exit : context.report(operation.error);
  if (confirms || operation.state !== 'done') await context.say(...observedLines(operation));
  return exitCodes.done;
}

/** The stream is opened before the request goes out, so no value falls between the two. */
async function observeAndFollow(context: Context, wanted: OperationRequestBody): Promise<ExitCode> {
  const follower = new EventFollower(context, {
    from: 'now',
    follow: true,
    types: ['NOTIFICATION', 'GAP'],
    endpoint: wanted.endpoint,
  });
  await follower.open();
  try {
    const results = await perform(context, wanted);
    const codes: ExitCode[] = [];
    for (const result of results) {
      codes.push(await report(context, result, false));
      if (result.kind === 'operation' && !context.json) await printFirst(context, result.operation);
    }
    const failure = firstFailure(codes);
    if (codes.every((code) => code !== exitCodes.done)) return failure;
    await printNotifications(context, follower, wanted.paths);
    return failure;
  } catch (error) {
    if (error instanceof Interrupted) await sayStillObserved(context, wanted);
    throw error;
  } finally {
    follower.stop();
  }
}

/** The first value stands under the gateway's clock, as those that follow do: without a time while that is not trusted. */
async function printFirst(context: Context, operation: OperationBody): Promise<void> {
  if (operation.values.length === 0) return;
  const { at } = await context.gateway.json<StatusBody>({ method: 'GET', path: routes.status() });
  await printValues(context, at, operation.endpoint, operation.values);
}

async function printNotifications(context: Context, follower: EventFollower, paths: readonly string[]): Promise<void> {
  for await (const { event, line } of follower.events()) {
    if (event.type === 'NOTIFICATION' && !paths.some((path) => isWithin(event.path, path))) continue;
    if (context.json) await context.print(line);
    else if (event.type === 'GAP') await context.say(`-- ${event.detail.lost ?? 'some'} events lost --`);
    else await printValues(context, event.at, event.endpoint ?? '', event.values);
  }
}

function isWithin(path: string | null, observed: string): boolean {
  const outer = parseDevicePath(observed) ?? [];
  const inner = path === null ? undefined : parseDevicePath(path);
  return inner !== undefined && outer.every((number, i) => inner[i] === number);
}

/** `18:31:07  meter-17  /3303/0/5700  21.5`. */
async function printValues(
  context: Context,
  at: string | null,
  endpoint: string,
  values: EventBody['values'],
): Promise<void> {
  const time = timeToday(at, context.io.now(), context.style);
  const rows = values.map((value) => [time, endpoint, value.path, valueText(value.value)]);
  await context.print(...tableLines(valueColumns, rows, context.style, false));
}

/** Without titles: there is no header, and columns are as wide as what stands in them. */
const valueColumns: readonly Column[] = [{ title: '' }, { title: '' }, { title: '' }, { title: '', cut: 'end' }];

async function sayStillObserved(context: Context, wanted: OperationRequestBody): Promise<void> {
  const undo = `holdfast unobserve ${shellWord(wanted.endpoint)} ${wanted.paths.join(' ')}`;
  await context.say(`  Still observed. To stop: ${undo}`);
}
