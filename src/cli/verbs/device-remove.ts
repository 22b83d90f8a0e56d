/** `holdfast device remove EP...`: registration, observations, queue, connection and (unless kept) credentials, in one commit. */
import type { ChangeBody, DeviceDetailBody } from '../../api/bodies/device.ts';
import { type ExitCode, exitCodes } from '../../api/exit-codes.ts';
import { routes } from '../../api/routes.ts';
import { wrongCall } from '../cli-error.ts';
import { type Context, firstFailure } from '../context.ts';
import { escapeText } from '../escape.ts';
import { plural } from '../figures.ts';
import { ask } from '../prompt.ts';

export interface DeviceRemoveFlags {
  readonly keepCredentials?: boolean;
  readonly yes?: boolean;
}

export async function deviceRemove(
  context: Context,
  endpoints: readonly string[],
  flags: DeviceRemoveFlags,
): Promise<ExitCode> {
  const asks = flags.yes !== true;
  if (asks && (!context.io.input.isTerminal || context.json)) {
    throw wrongCall('device remove needs --yes where nobody can be asked.', ['Nothing was removed.']);
  }
  const codes: ExitCode[] = [];
  for (const endpoint of endpoints) {
    codes.push(await context.attempt(() => removeOne(context, endpoint, flags.keepCredentials === true, asks)));
  }
  return firstFailure(codes);
}

async function removeOne(context: Context, endpoint: string, keep: boolean, asks: boolean): Promise<ExitCode> {
  if (asks) await confirm(context, endpoint, keep);
  const change = await context.gateway.json<ChangeBody>({
    method: 'DELETE',
    path: routes.removeDevice(endpoint, keep),
  });
  if (context.json) await context.print(JSON.stringify(change));
  else await context.say(keep ? `Removed ${endpoint}; its credentials are kept.` : `Removed ${endpoint}.`);
  return exitCodes.done;
}

/** Names what goes; the endpoint name has to be typed. */
async function confirm(context: Context, endpoint: string, keep: boolean): Promise<void> {
  const device = await context.gateway.json<DeviceDetailBody>({ method: 'GET', path: routes.device(endpoint) });
  await context.say(`${endpoint} is ${device.state}. This ends: ${whatGoes(device, keep).join(', ')}.`);
  const typed = await ask(context.io, 'Type the endpoint name to remove it: ');
  if (typed === endpoint) return;
  throw wrongCall(`"${escapeText(typed)}" is not "${endpoint}". Nothing was removed.`);
}

function whatGoes(device: DeviceDetailBody, keep: boolean): readonly string[] {
  return [
    ...(device.registrationId === null ? [] : ['its registration']),
    ...(device.observations === 0 ? [] : [plural(device.observations, 'observation')]),
    ...(device.queued === 0 ? [] : [plural(device.queued, 'queued operation')]),
    ...(device.connection === 'none' ? [] : ['its connection']),
    ...(device.psk === null || keep ? [] : ['its key']),
    ...(device.x509 === null || keep ? [] : ['the leave to come in with its certificate']),
  ];
}
