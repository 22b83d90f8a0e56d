/**
 * `devices --watch`: on a terminal the table, redrawn in place; elsewhere one line for each device that changed. Survives the
 * gateway's restart. It looks again after a while that grows with what looking costs, so a large fleet is not listed all day.
 */
import type { DeviceBody } from '../api/bodies/device.ts';
import type { ExitCode } from '../api/exit-codes.ts';
import type { Context } from './context.ts';
import { type ListedDevice, listDevices, type Selection } from './device-list.ts';
import { plural } from './figures.ts';
import { deviceColumns, deviceRow, devicesSummary } from './screens/devices-table.ts';
import { tableLines } from './table.ts';
import { redraws, watch } from './watch.ts';

const lookEveryMs = 2_000;
/** At most this share of the time is spent looking. */
const restFactor = 20;

/** Never returns; Ctrl-C ends it. */
export async function watchDevices(context: Context, selection: Selection): Promise<ExitCode> {
  const print = context.style.terminal && !context.json ? redraw(context) : printChanges(context);
  const show = async (listed: readonly ListedDevice[]): Promise<'more'> => {
    await print(listed);
    return 'more';
  };
  const restMs = (tookMs: number): number => Math.max(lookEveryMs, restFactor * tookMs);
  return await watch(context, { look: () => listDevices(context, selection), show, restMs });
}

function redraw(context: Context): (listed: readonly ListedDevice[]) => Promise<void> {
  const draw = redraws(context);
  return async (listed) => {
    const all = listed.map(({ device }) => device);
    const rows = all.map(deviceRow);
    const table = tableLines(deviceColumns(context.style, rows), rows, context.style, context.header);
    await draw([...fitting(table, context), '', devicesSummary(all)]);
  };
}

/** Lines that have left the screen cannot be drawn over, so what does not fit is counted instead. */
function fitting(table: readonly string[], context: Context): readonly string[] {
  // The summary with its empty line, the line that counts, and the cursor's own line.
  const room = Math.max(1, context.io.out.rows - 4);
  if (table.length <= room + 1) return table;
  return [...table.slice(0, room), `${context.style.ellipsis} ${plural(table.length - room, 'more device')}`];
}

function printChanges(context: Context): (listed: readonly ListedDevice[]) => Promise<void> {
  const known = new Map<string, string>();
  let header = context.header;
  return async (listed) => {
    for (const { device, json } of listed) {
      const now = unchanging(device);
      if (known.get(device.endpoint) === now) continue;
      known.set(device.endpoint, now);
      const columns = deviceColumns(context.style);
      await context.print(...(context.json ? [json] : tableLines(columns, [deviceRow(device)], context.style, header)));
      header = false;
    }
    const present = new Set(listed.map(({ device }) => device.endpoint));
    for (const endpoint of known.keys()) if (!present.has(endpoint)) known.delete(endpoint);
  };
}

/** What counts as a change: everything but the passing of time. */
function unchanging(device: DeviceBody): string {
  return JSON.stringify({ ...device, heardAt: null, heardSecondsAgo: null, expiresInSeconds: null });
}
