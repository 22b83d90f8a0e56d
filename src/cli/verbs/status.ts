/** `holdfast status`: the gateway, the fleet, and what needs doing. Sends nothing to any device. */
import type { StatusBody } from '../../api/bodies/status.ts';
import { type ExitCode, exitCodes } from '../../api/exit-codes.ts';
import { parseJson } from '../../api/json.ts';
import { routes } from '../../api/routes.ts';
import type { Context } from '../context.ts';
import { statusScreen } from '../screens/status-screen.ts';

export async function status(context: Context): Promise<ExitCode> {
  const answer = await context.gateway.open({ method: 'GET', path: routes.status() });
  const text = await answer.text();
  if (context.json) await context.print(text);
  else await context.print(...context.typed(statusScreen(parseJson(text) as StatusBody, context.style)));
  return exitCodes.done;
}
