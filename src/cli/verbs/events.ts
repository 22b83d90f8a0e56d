/** `holdfast events`: the durable log, and with `--follow` what happens from then on, over restarts of the gateway. */
import type { EventBody } from '../../api/bodies/event.ts';
import type { OperationBody } from '../../api/bodies/operation.ts';
import { eventTypes } from '../../api/event-names.ts';
import { type EventSelection, lastEventsDefault, lastEventsMax, parseEventStart } from '../../api/event-selection.ts';
import { type ExitCode, exitCodes } from '../../api/exit-codes.ts';
import { stringifyJson } from '../../api/json.ts';
import { routes } from '../../api/routes.ts';
import { isFinal } from '../../api/state-words.ts';
import { count, duration, words } from '../arguments.ts';
import { Interrupted, wrongCall } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { EventFollower } from '../event-follower.ts';
import { EventPrinter } from '../event-printer.ts';

export interface EventsFlags {
  readonly from?: string;
  readonly follow?: boolean;
  readonly type?: string;
  readonly device?: string;
  readonly operation?: string;
  readonly limit?: string;
  readonly for?: string;
}

export async function events(context: Context, flags: EventsFlags): Promise<ExitCode> {
  const limit = flags.limit === undefined ? Infinity : count('--limit', flags.limit);
  const forMs = flags.for === undefined ? undefined : duration('--for', flags.for);
  const selection = selectionOf(flags, limit);
  const follower = new EventFollower(context, selection);
  await follower.open();
  const timer = forMs === undefined ? undefined : setTimeout(() => follower.stop(), forMs);
  try {
    await printEvents(context, follower, selection, limit);
  } catch (error) {
    const timeIsUp = error instanceof Interrupted && !context.io.interrupted.aborted;
    if (!timeIsUp) throw error;
  } finally {
    clearTimeout(timer);
    follower.stop();
  }
  return exitCodes.done;
}

/**
 * Without `--from` it is the newest that are meant: the last 20, or as many as `--limit` says unless more are waited for.
 * `--for` alone means to wait, so it follows.
 */
function selectionOf(flags: EventsFlags, limit: number): EventSelection {
  const from = flags.from === undefined ? undefined : parseEventStart(flags.from);
  if (flags.from !== undefined && from === undefined) {
    throw wrongCall(`--from is "${flags.from}", which is not an event id, "start" or "now".`);
  }
  const follow = flags.follow === true || flags.for !== undefined;
  if (from === undefined && !follow && limit !== Infinity && limit > lastEventsMax) {
    throw wrongCall(`--limit over ${lastEventsMax} needs to know from where: --from ID, or --from start.`);
  }
  const last = follow || limit === Infinity ? lastEventsDefault : limit;
  return {
    ...(from === undefined ? { last } : { from }),
    follow,
    types: flags.type === undefined ? [] : words('--type', flags.type, eventTypes),
    ...(flags.device === undefined ? {} : { endpoint: flags.device }),
    ...(flags.operation === undefined ? {} : { operation: count('--operation', flags.operation) }),
  };
}

async function printEvents(
  context: Context,
  follower: EventFollower,
  selection: EventSelection,
  limit: number,
): Promise<void> {
  const printer = new EventPrinter(context);
  const { operation } = selection;
  if (operation !== undefined && selection.follow) {
    if (await printIfFinal(context, printer, operation)) return;
    follower.onReconnected = async () => {
      if (await printIfFinal(context, printer, operation)) follower.stop();
    };
  }
  let printed = 0;
  if (limit === 0) return;
  for await (const { event, line } of follower.events()) {
    await printer.print(event, line);
    if (++printed >= limit) return;
    if (operation !== undefined && event.type === 'REQUEST_RESPONSE') return;
  }
}

/** An operation that is over has no more events to wait for: what became of it is printed instead. */
async function printIfFinal(context: Context, printer: EventPrinter, id: number): Promise<boolean> {
  const operation = await context.gateway.json<OperationBody>({ method: 'GET', path: routes.operation(id) });
  if (!isFinal(operation.state)) return false;
  const event: EventBody = {
    id: null,
    at: null,
    type: 'REQUEST_RESPONSE',
    endpoint: operation.endpoint,
    path: operation.path,
    values: operation.values,
    operation: id,
    account: null,
    unverified: false,
    detail: {
      verb: operation.verb,
      state: operation.state,
      ...(operation.code === null ? {} : { code: operation.code }),
    },
  };
  await printer.print(event, stringifyJson(event));
  return true;
}
