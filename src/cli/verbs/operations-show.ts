/** `holdfast operations show ID`: everything known about one operation, whatever its state. */
import type { OperationBody } from '../../api/bodies/operation.ts';
import { type ExitCode, exitCodes } from '../../api/exit-codes.ts';
import { parseJson } from '../../api/json.ts';
import { routes } from '../../api/routes.ts';
import { isFinal } from '../../api/state-words.ts';
import { textWidth, wrap } from '../../api/wrap.ts';
import { operationId } from '../arguments.ts';
import type { Context } from '../context.ts';
import { escapeText } from '../escape.ts';
import { operationScreen } from '../screens/operation-screen.ts';

export async function operationsShow(context: Context, given: string): Promise<ExitCode> {
  const id = operationId(given);
  const answer = await context.gateway.open({ method: 'GET', path: routes.operation(id) });
  const text = await answer.text();
  if (context.json) {
    await context.print(text);
    return exitCodes.done;
  }
  const operation = parseJson(text) as OperationBody;
  await context.print(...operationScreen(operation, context.style), ...troubleLines(context, operation));
  await context.say(...nextLines(id, operation));
  return exitCodes.done;
}

/** Why it did not go well, as whoever waited for it was told. */
function troubleLines(context: Context, { error }: OperationBody): readonly string[] {
  if (error === null) return [];
  const below = context.typed(error.lines, textWidth - 2).map((line) => `  ${line}`);
  return ['', ...[...wrap(error.message, textWidth), ...below].map(escapeText)];
}

/** What can be done with it, each with its command. */
function nextLines(id: number, { state }: OperationBody): readonly string[] {
  if (state === 'in-doubt') return ['', `Let it be:  holdfast operations cancel ${id}`];
  if (isFinal(state)) return [];
  return ['', `Wait for it:  holdfast operations wait ${id}`, `Withdraw it:  holdfast operations cancel ${id}`];
}
