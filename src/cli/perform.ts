/**
 * Asks a device for something and waits as long as was asked. The gateway sends a line for each change of each operation; the
 * last one counts. When the gateway restarts meanwhile, it goes on with what it has told an id of, and so does the waiting. What
 * it has told none of may have arrived all the same: what only looks is asked again, what changes something is not sent twice
 * but reported as in doubt.
 */
import type { OperationBody } from '../api/bodies/operation.ts';
import { type ErrorDetails, isErrorBody } from '../api/error-codes.ts';
import { goesOn, inDoubt } from '../api/error-texts.ts';
import { parseJson } from '../api/json.ts';
import { type OperationRequestBody, waitDefaultMs } from '../api/operation-request.ts';
import { routes } from '../api/routes.ts';
import { isFinal } from '../api/state-words.ts';
import { CliError, ConnectionLost, Interrupted, isGone } from './cli-error.ts';
import { type Context, connectionLostDetails } from './context.ts';
import { awaitOperation } from './operation-wait.ts';
import { pause } from './pause.ts';
import { WaitingLine } from './waiting-line.ts';

/** What became of one path: an operation with the line it came in, or an error before there was one. */
export type Performed =
  | { readonly kind: 'operation'; readonly operation: OperationBody; readonly line: string }
  | { readonly kind: 'error'; readonly error: ErrorDetails };

const retryEveryMs = 500;

/** Returns one result a path, in the order of the paths. Throws `CliError` when the request as a whole failed. */
export async function perform(context: Context, wanted: OperationRequestBody): Promise<readonly Performed[]> {
  const progress = new WaitingLine(context);
  const results = new Results(progress);
  const deadlineMs = context.io.now() + (wanted.waitMs ?? waitDefaultMs);
  try {
    for (let first = true; ; first = false) {
      const waitMs = first ? wanted.waitMs : Math.max(0, deadlineMs - context.io.now());
      const lost = await once(context, { ...wanted, waitMs }, results, !first);
      if (!lost) return results.all();
      await progress.hide();
      const known = results.areAllKnown(wanted) ? await goOn(context, wanted, results, deadlineMs) : 'unknown';
      if (known === 'told') return results.all();
      if (!mayRepeat(wanted) || context.io.now() >= deadlineMs) return [...results.doubtful(wanted, known)];
      results.forget();
      await pause(retryEveryMs, context.io.interrupted);
    }
  } catch (error) {
    if (error instanceof Interrupted) await results.sayStopped(context);
    throw error;
  } finally {
    await progress.end();
  }
}

function mayRepeat(wanted: OperationRequestBody): boolean {
  return wanted.verb !== 'write' && wanted.verb !== 'execute';
}

/** What the gateway says of its operations after it had gone: nothing as long as it is `away`. */
type AfterLoss = 'told' | 'unknown' | 'away';

/** Waits for operations whose gateway has gone. */
async function goOn(
  context: Context,
  { raw }: OperationRequestBody,
  results: Results,
  deadlineMs: number,
): Promise<AfterLoss> {
  for (;;) {
    const id = results.unfinishedId();
    if (id === undefined) return 'told';
    try {
      const seen = await awaitOperation(context, id, () => deadlineMs - context.io.now(), { raw });
      results.take(seen.line);
      if (!isFinal(seen.operation.state)) return 'told';
    } catch (error) {
      if (error instanceof CliError && error.details.code === 'UNKNOWN_OPERATION') return 'unknown';
      if (!isGone(error)) throw error;
      if (context.io.now() >= deadlineMs) return 'away';
      await pause(retryEveryMs, context.io.interrupted);
    }
  }
}

/** One request; true when the gateway was lost on the way. */
async function once(
  context: Context,
  wanted: OperationRequestBody,
  results: Results,
  again: boolean,
): Promise<boolean> {
  try {
    const answer = await context.gateway.open({
      method: 'POST',
      path: routes.operations(),
      body: JSON.stringify(wanted),
      extraMs: wanted.waitMs ?? waitDefaultMs,
    });
    for await (const line of answer.lines()) results.take(line);
    return false;
  } catch (error) {
    if (context.io.interrupted.aborted) throw new Interrupted();
    if (error instanceof ConnectionLost) return true;
    // Between a stop and the next start nothing listens; after the first attempt that is part of the wait.
    if (again && error instanceof CliError && error.details.code === 'NOT_RUNNING') return true;
    throw error;
  }
}

/** Collects lines until the last word on each operation is known. */
class Results {
  readonly #progress: WaitingLine;
  readonly #byPlace = new Map<string, Performed>();

  constructor(progress: WaitingLine) {
    this.#progress = progress;
  }

  take(line: string): void {
    const body = parseJson(line);
    if (isErrorBody(body)) {
      this.#byPlace.set(`error ${this.#byPlace.size}`, { kind: 'error', error: body.error });
      return;
    }
    const operation = body as OperationBody;
    this.#byPlace.set(`path ${operation.path}`, { kind: 'operation', operation, line });
    this.#progress.show(this.#waiting());
  }

  all(): readonly Performed[] {
    return [...this.#byPlace.values()];
  }

  /** Whether the gateway has told of an operation, or of its mistake, for everything that was asked. */
  areAllKnown({ verb, paths }: OperationRequestBody): boolean {
    return this.#byPlace.size >= (verb === 'write' ? 1 : Math.max(1, paths.length));
  }

  unfinishedId(): number | undefined {
    return this.#waiting()?.operation ?? undefined;
  }

  forget(): void {
    this.#byPlace.clear();
  }

  /** What is known after the gateway was lost: unfinished changes go on when it is back, or are in doubt. */
  *doubtful(wanted: OperationRequestBody, known: AfterLoss): Generator<Performed> {
    if (this.#byPlace.size === 0) yield { kind: 'error', error: doubt(wanted) };
    for (const result of this.#byPlace.values()) {
      if (result.kind === 'error' || isFinal(result.operation.state)) yield result;
      else yield { kind: 'error', error: unfinished(wanted, result.operation, known) };
    }
  }

  async sayStopped(context: Context): Promise<void> {
    const waiting = this.#waiting();
    if (waiting === undefined || waiting.operation === null) return;
    const id = waiting.operation;
    await context.say(
      '',
      `Stopped waiting; operation ${id} goes on.  Wait for it:  holdfast events --follow --operation ${id}`,
    );
  }

  #waiting(): OperationBody | undefined {
    for (const result of this.#byPlace.values()) {
      if (result.kind === 'operation' && !isFinal(result.operation.state)) return result.operation;
    }
    return undefined;
  }
}

function unfinished(
  wanted: OperationRequestBody,
  { endpoint, operation }: OperationBody,
  known: AfterLoss,
): ErrorDetails {
  const isKept = known === 'away' && operation !== null && !mayRepeat(wanted);
  return isKept ? goesOn(endpoint, operation) : doubt(wanted);
}

/** The gateway knows of no operation that could be sent again. */
function doubt(wanted: OperationRequestBody): ErrorDetails {
  const { verb, endpoint } = wanted;
  if (verb !== 'write' && verb !== 'execute') return connectionLostDetails();
  const paths = verb === 'write' ? wanted.values.map((value) => value.path) : wanted.paths;
  return inDoubt(endpoint, verb, paths.join(' '), null, 'The gateway stopped before an answer came.');
}
