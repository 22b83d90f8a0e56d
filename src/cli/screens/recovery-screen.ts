/** The screen of `holdfast recovery`: who was heard since the start, who is still to be asked, and over which rung. */
import { formatAge } from '../../api/ages.ts';
import type { RecoveryBody, RungBody } from '../../api/bodies/recovery.ts';
import { lastStopWords } from '../../api/state-words.ts';
import { textWidth, together, wrap } from '../../api/wrap.ts';
import { formatCount, plural } from '../figures.ts';
import type { Column } from '../table.ts';
import { field } from './fields.ts';

export const rungColumns: readonly Column[] = [
  { title: 'RUNG' },
  { title: 'TO DO', align: 'right' },
  { title: 'UNDER WAY', align: 'right' },
  { title: 'SUCCEEDED', align: 'right' },
  { title: 'FAILED', align: 'right' },
];

const rungWords = {
  restored: 'restored connection',
  abbreviated: 'abbreviated handshake',
  full: 'full handshake',
} as const satisfies Readonly<Record<RungBody['rung'], string>>;

/** What stands above the table of rungs. */
export function recoveryFields(recovery: RecoveryBody): readonly string[] {
  const { servingSeconds, lastedSeconds, devices, devicesPerSecond } = recovery;
  const left = Math.ceil((devices.toDo + devices.underWay) / devicesPerSecond);
  const pace = `${formatCount(devicesPerSecond)} devices a second`;
  const progress =
    devices.total === 0
      ? 'no device was registered when the gateway started'
      : recovery.running
        ? `under way for ${formatAge(servingSeconds)}, ${pace}; ${formatAge(left)} or more to go`
        : `over, it took ${formatAge(lastedSeconds ?? 0)}`;
  return [
    ...field('last stop', `${lastStopWords[recovery.lastStop]}; serving for ${formatAge(servingSeconds)}`),
    ...field('recovery', progress),
    ...(devices.total === 0 ? [] : field('devices', devicesText(devices))),
  ];
}

export function rungRows({ rungs }: RecoveryBody): readonly (readonly string[])[] {
  return rungs.map(({ rung, toDo, underWay, succeeded, failed }) => [
    rungWords[rung],
    ...[toDo, underWay, succeeded, failed].map((count) => (count === 0 ? '-' : formatCount(count))),
  ]);
}

/** One line of it, for a pipe. */
export function recoveryLine({ devices }: RecoveryBody): string {
  const rest = restParts(devices);
  const head = `${formatCount(devices.heard)} of ${plural(devices.total, 'device')} heard`;
  return [head, rest.join(', ')].filter((part) => part !== '').join('; ');
}

/** What needs doing, with its command; nothing there means nothing to do. */
export function recoveryAttention({ devices: { unreachable } }: RecoveryBody): readonly string[] {
  if (unreachable === 0) return [];
  const text =
    unreachable === 1
      ? '1 device cannot be reached and must come by itself'
      : `${formatCount(unreachable)} devices cannot be reached and must come by themselves`;
  return [...wrap(`${text}:`, textWidth), '  holdfast devices --state silent,restored'];
}

function devicesText(devices: RecoveryBody['devices']): string {
  const { total, heardByThemselves } = devices;
  const themselves = heardByThemselves === 1 ? 'by itself' : 'by themselves';
  const byThemselves = heardByThemselves === 0 ? '' : `, ${formatCount(heardByThemselves)} ${themselves}`;
  const parts = restParts(devices).map(together);
  const rest = parts.length === 0 ? '' : `; ${parts.join(', ')}`;
  return `${formatCount(total)} ${total === 1 ? 'was' : 'were'} registered: ${formatCount(devices.heard)} heard${byThemselves}${rest}`;
}

function restParts({ toDo, underWay, asleep, unreachable }: RecoveryBody['devices']): readonly string[] {
  const parts = [
    [toDo, 'to do'],
    [underWay, 'under way'],
    [asleep, 'asleep'],
    [unreachable, 'unreachable'],
  ] as const;
  return parts.filter(([count]) => count > 0).map(([count, what]) => `${formatCount(count)} ${what}`);
}
