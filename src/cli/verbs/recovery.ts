/**
 * `holdfast recovery`: how far the gateway has got with its devices since its start. Sends nothing to any device. `--watch` ends
 * when the recovery does, and survives one more restart: on a terminal it redraws in place, elsewhere it prints what has changed.
 */
import type { RecoveryBody } from '../../api/bodies/recovery.ts';
import { type ExitCode, exitCodes } from '../../api/exit-codes.ts';
import { parseJson } from '../../api/json.ts';
import { routes } from '../../api/routes.ts';
import { isGone } from '../cli-error.ts';
import type { Flags } from '../command.ts';
import type { Context } from '../context.ts';
import { pause } from '../pause.ts';
import { recoveryAttention, recoveryFields, recoveryLine, rungColumns, rungRows } from '../screens/recovery-screen.ts';
import { tableLines } from '../table.ts';

const lookEveryMs = 1_000;

export async function recovery(context: Context, flags: Flags): Promise<ExitCode> {
  if (flags['watch'] === true) return await watch(context);
  const { body, text } = await look(context);
  await context.print(...(context.json ? [text] : screenOf(body, context)));
  return exitCodes.done;
}

async function watch(context: Context): Promise<ExitCode> {
  let drawn = 0;
  let last = '';
  let seen = false;
  let isGoneNow = false;
  for (;;) {
    try {
      const { body, text } = await look(context);
      if (isGoneNow) await context.say('-- gateway back --');
      isGoneNow = false;
      seen = true;
      if (context.style.terminal && !context.json) {
        const lines = screenOf(body, context);
        await context.io.out.write(`${drawn === 0 ? '' : `\u001b[${drawn}A\u001b[J`}${lines.join('\n')}\n`);
        drawn = lines.length;
      } else if (changing(body) !== last) {
        last = changing(body);
        await context.print(context.json ? text : recoveryLine(body));
      }
      if (!body.running) return exitCodes.done;
    } catch (error) {
      if (!seen || !isGone(error)) throw error;
      if (!isGoneNow) await context.say('-- gateway gone; reconnecting --');
      isGoneNow = true;
    }
    await pause(lookEveryMs, context.io.interrupted);
  }
}

async function look(context: Context): Promise<{ readonly body: RecoveryBody; readonly text: string }> {
  const answer = await context.gateway.open({ method: 'GET', path: routes.recovery() });
  const text = await answer.text();
  return { body: parseJson(text) as RecoveryBody, text };
}

function screenOf(body: RecoveryBody, context: Context): readonly string[] {
  if (body.devices.total === 0) return recoveryFields(body);
  const attention = recoveryAttention(body);
  return [
    ...recoveryFields(body),
    '',
    ...tableLines(rungColumns, rungRows(body), context.style, context.header),
    ...(attention.length === 0 ? [] : ['', ...attention]),
  ];
}

function changing({ running, devices, rungs }: RecoveryBody): string {
  return JSON.stringify({ running, devices, rungs });
}
