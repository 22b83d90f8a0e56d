/**
 * `holdfast recovery`: how far the gateway has got with its devices since its start. Sends nothing to any device. `--watch` ends
 * when the recovery does, and survives one more restart: on a terminal it redraws in place, elsewhere it prints what has changed.
 */
import type { RecoveryBody } from '../../api/bodies/recovery.ts';
import { type ExitCode, exitCodes } from '../../api/exit-codes.ts';
import { parseJson } from '../../api/json.ts';
import { routes } from '../../api/routes.ts';
import type { Flags } from '../command.ts';
import type { Context } from '../context.ts';
import { recoveryAttention, recoveryFields, recoveryLine, rungColumns, rungRows } from '../screens/recovery-screen.ts';
import { tableLines } from '../table.ts';
import { redraws, watch } from '../watch.ts';

const lookEveryMs = 1_000;

interface Seen {
  readonly body: RecoveryBody;
  readonly text: string;
}

export async function recovery(context: Context, flags: Flags): Promise<ExitCode> {
  if (flags['watch'] === true) return await watchIt(context);
  const { body, text } = await look(context);
  await context.print(...(context.json ? [text] : screenOf(body, context)));
  return exitCodes.done;
}

async function watchIt(context: Context): Promise<ExitCode> {
  const draw = redraws(context);
  let last = '';
  const show = async ({ body, text }: Seen): Promise<'more' | 'done'> => {
    if (context.style.terminal && !context.json) await draw(screenOf(body, context));
    else if (changing(body) !== last) {
      last = changing(body);
      await context.print(context.json ? text : recoveryLine(body));
    }
    return body.running ? 'more' : 'done';
  };
  return await watch(context, { look: () => look(context), show, restMs: () => lookEveryMs });
}

async function look(context: Context): Promise<Seen> {
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
