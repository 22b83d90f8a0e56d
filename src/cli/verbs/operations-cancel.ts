/** `holdfast operations cancel ID...`: they are not sent any more, nor again. What was sent may have been done all the same. */
import type { OperationBody } from '../../api/bodies/operation.ts';
import { afterCancelling } from '../../api/error-texts.ts';
import { type ExitCode, exitCodes } from '../../api/exit-codes.ts';
import { parseJson } from '../../api/json.ts';
import { routes } from '../../api/routes.ts';
import { textWidth, wrap } from '../../api/wrap.ts';
import { operationId } from '../arguments.ts';
import { type Context, firstFailure } from '../context.ts';

export async function operationsCancel(context: Context, given: readonly string[]): Promise<ExitCode> {
  // The newest first: what waits behind another would leave as soon as that one is withdrawn.
  const ids = given.map(operationId).sort((a, b) => b - a);
  const codes: ExitCode[] = [];
  for (const id of ids) codes.push(await context.attempt(() => cancel(context, id)));
  return firstFailure(codes);
}

async function cancel(context: Context, id: number): Promise<ExitCode> {
  const answer = await context.gateway.open({ method: 'DELETE', path: routes.operation(id) });
  const text = await answer.text();
  if (context.json) await context.print(text);
  else await context.say(...cancelledLines(id, parseJson(text) as OperationBody));
  return exitCodes.done;
}

function cancelledLines(id: number, operation: OperationBody): readonly string[] {
  const { verb, endpoint, path } = operation;
  return wrap(`Operation ${id} cancelled: ${verb} ${endpoint} ${path}. ${afterCancelling(operation)}`, textWidth);
}
