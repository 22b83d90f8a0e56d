/** `holdfast flash`: what is written to the flash, and by which devices. Sends nothing to any device. */
import type { FlashBody } from '../../api/bodies/flash.ts';
import { type ExitCode, exitCodes } from '../../api/exit-codes.ts';
import { parseJson } from '../../api/json.ts';
import { routes } from '../../api/routes.ts';
import type { Context } from '../context.ts';
import { flashFields, writerColumns, writerRows } from '../screens/flash-screen.ts';

export async function flash(context: Context): Promise<ExitCode> {
  const answer = await context.gateway.open({ method: 'GET', path: routes.flash() });
  const text = await answer.text();
  if (context.json) {
    await context.print(text);
    return exitCodes.done;
  }
  const body = parseJson(text) as FlashBody;
  await context.print(...flashFields(body));
  if (body.devices.length > 0) {
    await context.print('');
    await context.printTable(writerColumns, writerRows(body));
  }
  return exitCodes.done;
}
