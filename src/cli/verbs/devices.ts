/** `holdfast devices`: one line a device, from what the gateway knows. Sends nothing to any device. */
import { type ExitCode, exitCodes } from '../../api/exit-codes.ts';
import { arrayLines } from '../../api/json.ts';
import { deviceStates } from '../../api/state-words.ts';
import { count, oneWord, words } from '../arguments.ts';
import type { Context } from '../context.ts';
import {
  isStreamOrder,
  type ListedDevice,
  listDevices,
  type Selection,
  sortKeys,
  streamDevices,
} from '../device-list.ts';
import { watchDevices } from '../device-watch.ts';
import { deviceColumns, deviceRow, devicesSummary } from '../screens/devices-table.ts';
import { tableLines } from '../table.ts';

export interface DevicesFlags {
  readonly state?: string;
  readonly match?: string;
  readonly sort?: string;
  readonly reverse?: boolean;
  readonly limit?: string;
  readonly watch?: boolean;
}

export async function devices(context: Context, flags: DevicesFlags): Promise<ExitCode> {
  const selection: Selection = {
    states: flags.state === undefined ? undefined : words('--state', flags.state, deviceStates),
    match: flags.match,
    sort: flags.sort === undefined ? 'endpoint' : oneWord('--sort', flags.sort, sortKeys),
    reverse: flags.reverse === true,
    limit: flags.limit === undefined ? Infinity : count('--limit', flags.limit),
  };
  if (flags.watch === true) return watchDevices(context, selection);
  if (context.style.terminal && !context.json) await printScreen(context, selection);
  else await printLines(context, selection);
  return exitCodes.done;
}

async function printScreen(context: Context, selection: Selection): Promise<void> {
  const listed = (await listDevices(context, selection)).map(({ device }) => device);
  if (listed.length === 0) return sayEmpty(context, selection);
  const rows = listed.map(deviceRow);
  await context.printTable(deviceColumns(context.style, rows), rows);
  await context.print('', devicesSummary(listed));
}

/** JSON, or rows with tabs: one by one as they arrive where the order allows it. */
async function printLines(context: Context, selection: Selection): Promise<void> {
  const columns = deviceColumns(context.style);
  let printed = 0;
  // Only when there is an answer: a failure prints nothing on stdout.
  const begin = (): string => (printed === 0 ? arrayLines.open : '');
  const print = async (listed: ListedDevice): Promise<void> => {
    if (context.json) await context.io.out.write(begin() + arrayLines.element(listed.json, printed === 0));
    else
      await context.print(
        ...tableLines(columns, [deviceRow(listed.device)], context.style, printed === 0 && context.header),
      );
    printed++;
  };
  const source = isStreamOrder(selection) ? streamDevices(context, selection) : await listDevices(context, selection);
  for await (const listed of source) {
    if (printed >= selection.limit) break;
    await print(listed);
  }
  if (context.json) await context.io.out.write(begin() + arrayLines.close(printed === 0));
  else if (printed === 0) await sayEmpty(context, selection);
}

async function sayEmpty(context: Context, selection: Selection): Promise<void> {
  const everything = selection.states === undefined && selection.match === undefined && selection.limit > 0;
  await context.say(everything ? 'No devices yet. Add the first: holdfast device add NAME' : 'No device fits.');
}
