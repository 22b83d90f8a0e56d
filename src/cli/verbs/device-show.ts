/** `holdfast device show EP`: everything known about one device. Sends nothing to it. */
import type { DeviceDetailBody } from '../../api/bodies/device.ts';
import { type ExitCode, exitCodes } from '../../api/exit-codes.ts';
import { parseJson } from '../../api/json.ts';
import { routes } from '../../api/routes.ts';
import type { Context } from '../context.ts';
import { deviceScreen } from '../screens/device-screen.ts';

export async function deviceShow(context: Context, endpoint: string): Promise<ExitCode> {
  const answer = await context.gateway.open({ method: 'GET', path: routes.device(endpoint) });
  const text = await answer.text();
  if (context.json) await context.print(text);
  else await context.print(...deviceScreen(parseJson(text) as DeviceDetailBody, context.style));
  return exitCodes.done;
}
