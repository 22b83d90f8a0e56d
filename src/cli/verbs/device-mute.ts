/** `holdfast device mute EP`, `holdfast device unmute EP`: whether what a device sends is looked at. */
import type { ChangeBody } from '../../api/bodies/device.ts';
import { shellWord } from '../../api/error-texts.ts';
import { type ExitCode, exitCodes } from '../../api/exit-codes.ts';
import { routes } from '../../api/routes.ts';
import { textWidth, wrap } from '../../api/wrap.ts';
import { duration } from '../arguments.ts';
import { wrongCall } from '../cli-error.ts';
import type { Context } from '../context.ts';

export interface DeviceMuteFlags {
  readonly for?: string;
}

export async function deviceMute(context: Context, endpoint: string, flags: DeviceMuteFlags): Promise<ExitCode> {
  const forMs = flags.for === undefined ? undefined : duration('--for', flags.for);
  if (forMs === 0) throw wrongCall('--for is 0, which mutes nothing. Nothing was changed.');
  const body = JSON.stringify(forMs === undefined ? {} : { forMs });
  const change = await context.gateway.json<ChangeBody>({ method: 'PUT', path: routes.deviceMute(endpoint), body });
  const end = flags.for === undefined ? 'until' : `for ${flags.for}, or until`;
  const text = `Muted ${endpoint}: its connection ended, and what it sends is dropped, ${end}:`;
  return say(context, change, [...wrap(text, textWidth), `  holdfast device unmute ${shellWord(endpoint)}`]);
}

export async function deviceUnmute(context: Context, endpoint: string): Promise<ExitCode> {
  const change = await context.gateway.json<ChangeBody>({ method: 'DELETE', path: routes.deviceMute(endpoint) });
  if (change.result === 'not-muted') return say(context, change, [`${endpoint} is not muted. Nothing was changed.`]);
  return say(context, change, [
    `Unmuted ${endpoint}: it comes in with a new handshake and registration. Watch it:`,
    `  holdfast events --follow --device ${shellWord(endpoint)}`,
  ]);
}

async function say(context: Context, change: ChangeBody, lines: readonly string[]): Promise<ExitCode> {
  if (context.json) await context.print(JSON.stringify(change));
  else await context.say(...lines);
  return exitCodes.done;
}
