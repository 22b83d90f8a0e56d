/**
 * Waits until an operation is over, and over restarts of the gateway: the stream of its events stands before it is looked at, and
 * after each reconnection it is looked at again.
 */
import type { OperationBody } from '../api/bodies/operation.ts';
import { type ExitCode, exitCodes } from '../api/exit-codes.ts';
import { parseJson } from '../api/json.ts';
import { routes } from '../api/routes.ts';
import { isFinal } from '../api/state-words.ts';
import { Interrupted, isGone } from './cli-error.ts';
import type { Context } from './context.ts';
import { EventFollower } from './event-follower.ts';
import type { GatewayRequest } from './gateway-client.ts';
import { printAnswer } from './operation-answer.ts';
import { lateError, stillQueuedLines } from './screens/operation-text.ts';
import { WaitingLine } from './waiting-line.ts';

/** An operation with the JSON it came as. */
export interface SeenOperation {
  readonly operation: OperationBody;
  readonly line: string;
}

/** The longest wait that `setTimeout` takes. */
const timerLongestMs = 2 ** 31 - 1;

export interface WaitOptions {
  /** The request that begins it: nothing that becomes of it is missed. */
  readonly begin?: GatewayRequest;
  /** With the answer's payload. */
  readonly raw?: boolean;
}

/**
 * Returns the operation when it is over, or as it is after `waitMs`, which is told how it was at first. Throws `CliError` when it
 * is unknown.
 */
export async function awaitOperation(
  context: Context,
  id: number,
  waitMs: (first: OperationBody) => number,
  { begin, raw = false }: WaitOptions = {},
): Promise<SeenOperation> {
  const look: GatewayRequest = { method: 'GET', path: routes.operation(id, raw) };
  const selection = { from: 'now', follow: true, types: ['REQUEST_RESPONSE'], operation: id } as const;
  const follower = new EventFollower(context, selection);
  await follower.open();
  try {
    const first = await seen(context, begin ?? look);
    const forMs = waitMs(first.operation);
    if (isFinal(first.operation.state) || forMs <= 0) return first;
    return await new OperationWait(context, follower, first, look).until(forMs);
  } finally {
    follower.stop();
  }
}

/** Waits so, and reports: the answer as its verb prints it, or why there is none. */
export async function awaitAndReport(
  context: Context,
  id: number,
  waitMs: (first: OperationBody) => number,
  options: WaitOptions = {},
): Promise<ExitCode> {
  let forMs = 0;
  const wait = (first: OperationBody): number => {
    forMs = waitMs(first);
    return forMs;
  };
  try {
    return await reportAwaited(context, await awaitOperation(context, id, wait, options), forMs);
  } catch (error) {
    if (error instanceof Interrupted) await sayStopped(context, id);
    throw error;
  }
}

async function reportAwaited(
  context: Context,
  { operation, line }: SeenOperation,
  waitedMs: number,
): Promise<ExitCode> {
  if (context.json) await context.print(line);
  if (operation.state === 'done') {
    if (!context.json) await printAnswer(context, operation);
    return exitCodes.done;
  }
  if (operation.state === 'queued') {
    await context.say(...stillQueuedLines(operation));
    return exitCodes.queued;
  }
  const error = operation.error ?? lateError(operation, waitedMs);
  return context.json ? error.exit : context.report(error);
}

/** One wait: what was seen last, and what is shown meanwhile. */
class OperationWait {
  readonly #context: Context;
  readonly #follower: EventFollower;
  readonly #progress: WaitingLine;
  readonly #request: GatewayRequest;
  #latest: SeenOperation;

  constructor(context: Context, follower: EventFollower, first: SeenOperation, look: GatewayRequest) {
    this.#request = look;
    this.#context = context;
    this.#follower = follower;
    this.#progress = new WaitingLine(context);
    this.#latest = first;
  }

  async until(forMs: number): Promise<SeenOperation> {
    const timer = setTimeout(() => this.#follower.stop(), Math.min(forMs, timerLongestMs));
    this.#progress.show(this.#latest.operation);
    this.#follower.onLost = () => this.#progress.hide();
    this.#follower.onReconnected = () => this.#look();
    try {
      for await (const _ of this.#follower.events()) await this.#look();
    } catch (error) {
      const timeIsUp = error instanceof Interrupted && !this.#context.io.interrupted.aborted;
      if (!timeIsUp) throw error;
    } finally {
      clearTimeout(timer);
      await this.#progress.end();
    }
    return this.#latest;
  }

  /** When the gateway has gone meanwhile the stream has broken too, and it is looked again after the next reconnection. */
  async #look(): Promise<void> {
    try {
      this.#latest = await seen(this.#context, this.#request);
    } catch (error) {
      if (!isGone(error)) throw error;
      return;
    }
    const { operation } = this.#latest;
    this.#progress.show(operation);
    if (isFinal(operation.state)) this.#follower.stop();
  }
}

async function seen(context: Context, request: GatewayRequest): Promise<SeenOperation> {
  const line = await (await context.gateway.open(request)).text();
  return { operation: parseJson(line) as OperationBody, line };
}

async function sayStopped(context: Context, id: number): Promise<void> {
  await context.say('', `Stopped waiting; operation ${id} goes on.  Wait for it:  holdfast operations wait ${id}`);
}
