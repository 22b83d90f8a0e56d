/** The figures of the wear bench as lines of at most 79 columns, and its goals. */
import type { Figures } from './figures.ts';
import type { Compared, WearFigures } from './wear.ts';

/** For one load: bytes a day at most, and at least so many times fewer than with a sync for each event. */
interface Goals {
  readonly deviceMBPerDay?: number;
  readonly timesFewer?: number;
}

const goals: Readonly<Record<number, { readonly without: Goals; readonly with: Goals }>> = {
  1000: { without: { deviceMBPerDay: 310, timesFewer: 15 }, with: { deviceMBPerDay: 1_200, timesFewer: 40 } },
  20: { without: {}, with: { deviceMBPerDay: 170 } },
};
const ackDelayMsP99Goal = 900;

const nameWidth = 24;
const widths = [11, 9, 11, 11, 11] as const;
const columnsMax = 79;

export function screen(figures: WearFigures): string {
  const { devices, method, isDevice, fileSystemClockMBPerDay: added, reasons } = figures;
  const of = isDevice ? goals[devices] : undefined;
  const lines = [
    `${devices} devices; ${method}`,
    ...part(figures, 'withoutNotifications', 'an Update every 5 minutes each', of?.without ?? {}),
    ...part(figures, 'withNotifications', 'and a durable notification a minute each', of?.with ?? {}),
    ...(added === null
      ? []
      : ['', `In real time ext4 adds ${added} MB a day, whose journal takes a time stamp every 5 s.`]),
    ...Object.entries(reasons).flatMap(([name, reason]) => ['', `${name} was not measured: ${reason}`]),
  ];
  return `${lines.flatMap(folded).join('\n')}\n`;
}

function part(
  { syncPerEvent, sqlite, lmdb, ...ours }: WearFigures,
  load: 'withoutNotifications' | 'withNotifications',
  head: string,
  { deviceMBPerDay, timesFewer }: Goals,
): string[] {
  const own = ours[load];
  const sync = syncPerEvent[load];
  const others: readonly (readonly [string, Compared | undefined])[] = [
    ['a sync for each event', sync],
    ['SQLite, same batches', sqlite?.[load]],
    ['LMDB, same batches', lmdb?.[load]],
  ];
  const met = [
    goalLine(`${deviceMBPerDay} MB a day at most`, deviceMBPerDay, (goal) => own.deviceMBPerDay <= goal),
    goalLine(`${timesFewer} times below a sync for each event`, timesFewer, (goal) => (sync.timesOurs ?? 0) >= goal),
    goalLine(`ack P99 below ${ackDelayMsP99Goal} ms`, ackDelayMsP99Goal, (goal) => own.ackDelayMsP99 < goal),
  ];
  return [
    '',
    head,
    line('', ['MB a day', 'x ours', 'commits', 'ack P50', 'ack P99']),
    row('Holdfast', own, ''),
    ...others.flatMap(([name, each]) => (each === undefined ? [] : [row(name, each, `${each.timesOurs ?? ''}`)])),
    ...met.flat(),
  ];
}

function goalLine(text: string, goal: number | undefined, isMet: (goal: number) => boolean): readonly string[] {
  return goal === undefined ? [] : [`  ${isMet(goal) ? ' ' : '!'} goal: ${text}`];
}

function row(name: string, figures: Figures, timesOurs: string): string {
  const { deviceMBPerDay, commitsPerDay, ackDelayMsP50, ackDelayMsP99 } = figures;
  const delays = [`${ackDelayMsP50} ms`, `${ackDelayMsP99} ms`];
  return line(`  ${name}`, [deviceMBPerDay.toFixed(1), timesOurs, `${commitsPerDay}`, ...delays]);
}

function line(name: string, cells: readonly string[]): string {
  const texts = cells.map((cell, index) => cell.padStart(widths[index] ?? 0));
  return `${name.padEnd(nameWidth)}${texts.join('')}`.trimEnd();
}

/** Long sentences go on in the next line. */
function folded(text: string): readonly string[] {
  if (text.length <= columnsMax) return [text];
  const at = text.lastIndexOf(' ', columnsMax);
  return at <= 0 ? [text] : [text.slice(0, at), ...folded(text.slice(at + 1))];
}
