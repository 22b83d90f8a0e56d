/** `holdfast device reset EP`: drops the device's connection, and shakes hands with it anew if it can be. */
import type { ResetBody } from '../../api/bodies/device.ts';
import { shellWord } from '../../api/error-texts.ts';
import { type ExitCode, exitCodes } from '../../api/exit-codes.ts';
import { routes } from '../../api/routes.ts';
import { textWidth, wrap } from '../../api/wrap.ts';
import type { Context } from '../context.ts';

const handshakes = { abbreviated: 'an abbreviated handshake', full: 'a full handshake' } as const;

export async function deviceReset(context: Context, endpoint: string): Promise<ExitCode> {
  const body = await context.gateway.json<ResetBody>({ method: 'POST', path: routes.deviceReset(endpoint) });
  if (context.json) await context.print(JSON.stringify(body));
  else await context.say(...lines(body));
  return exitCodes.done;
}

function lines({ endpoint, dropped, handshake }: ResetBody): readonly string[] {
  const connection = dropped ? 'its connection is dropped' : 'it had no connection';
  const next =
    handshake === null
      ? 'it has to come by itself, with a new handshake. Wait for it:'
      : `${handshakes[handshake]} is under way. See what came of it:`;
  const command =
    handshake === null
      ? `holdfast events --follow --device ${shellWord(endpoint)}`
      : `holdfast device show ${shellWord(endpoint)}`;
  return [...wrap(`Reset ${endpoint}: ${connection}; ${next}`, textWidth), `  ${command}`];
}
