/** `holdfast operations show ID`: everything known about one operation, whatever its state. */
import type { OperationBody } from '../../api/bodies/operation.ts';
import { type ExitCode, exitCodes } from '../../api/exit-codes.ts';
import { parseJson } from '../../api/json.ts';
import { routes } from '../../api/routes.ts';
import { isFinal } from '../../api/state-words.ts';
import { operationId } from '../arguments.ts';
import type { Context } from '../context.ts';
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
  await context.print(...operationScreen(operation, context.style));
  await context.say(...nextLines(id, operation));
  return exitCodes.done;
}

/** What can be done with it, each with its command. */
function nextLines(id: number, { state }: OperationBody): readonly string[] {
  if (state === 'in-doubt') {
    return ['', `Send it anew:  holdfast operations retry ${id}`, `Let it be:     holdfast operations cancel ${id}`];
  }
  if (isFinal(state)) return [];
  return ['', `Wait for it:  holdfast operations wait ${id}`, `Withdraw it:  holdfast operations cancel ${id}`];
}
