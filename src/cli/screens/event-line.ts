/** One line of `holdfast events` for one event. */
import { formatExact } from '../../api/ages.ts';
import type { EventBody } from '../../api/bodies/event.ts';
import { verbsDone } from '../../api/state-words.ts';
import { timeToday } from '../clock-time.ts';
import { formatCount, plural } from '../figures.ts';
import type { Style } from '../style.ts';
import type { Column } from '../table.ts';
import { valueText } from './values-table.ts';

/** Widths are set: rows are printed as they come, before the next is known. */
export function eventColumns(style: Style): readonly Column[] {
  const device = 13 + Math.max(0, Math.min(24, Math.floor((style.columns - 80) / 2)));
  return [
    { title: 'ID', align: 'right', width: 5 },
    { title: 'TIME', width: 8 },
    { title: 'TYPE', width: 16 },
    { title: 'DEVICE', width: device, cut: 'middle', cutTo: device },
    { title: 'WHAT', cut: 'end' },
  ];
}

export function eventRow(event: EventBody, nowMs: number, style: Style): readonly string[] {
  return [
    event.id === null ? '-' : String(event.id),
    timeToday(event.at, nowMs, style),
    event.type,
    event.endpoint ?? event.detail.address ?? '',
    whatText(event),
  ];
}

/** What happened, in the words of the event's type. */
export function whatText(event: EventBody): string {
  const { detail } = event;
  switch (event.type) {
    case 'REGISTRATION':
      return `lifetime ${detail.lifetimeSeconds ?? '?'}s, ${plural(detail.objects ?? 0, 'object')}`;
    case 'DEREGISTRATION':
      return detail.reason ?? '';
    case 'NOTIFICATION':
    case 'SEND':
      return valuesText(event);
    case 'AWAKE':
      return detail.forSeconds === undefined ? '' : `for ${formatExact(detail.forSeconds * 1_000)}`;
    case 'RECOVERY':
      return recoveryText(event);
    case 'REQUEST_RESPONSE':
      return responseText(event);
    case 'REFUSED':
      return detail.text ?? '';
    case 'CHANGE':
      return event.account === null ? (detail.text ?? '') : `${detail.text ?? ''} by ${event.account}`;
    case 'GAP':
      return gapText(event);
    case 'UPDATED':
    case 'SLEEPING':
      return '';
  }
}

export function gapText(event: EventBody): string {
  const { lost = 0, oldestId } = event.detail;
  if (lost === 0)
    return `another log than the one you read before${oldestId === undefined ? '' : `, it begins at ${oldestId}`}`;
  return `${formatCount(lost)} events lost${oldestId === undefined ? '' : `, oldest is ${oldestId}`}`;
}

/** `/3303/0/5700 = 21.4`, `/3200/0/5500 = true, 2 more`. */
function valuesText(event: EventBody): string {
  const [first, ...more] = event.values;
  if (first === undefined) {
    const { payload, contentFormat } = event.detail;
    return payload === undefined
      ? (event.path ?? '')
      : `${event.path ?? ''} not decodable, format ${contentFormat ?? 'none'}`.trim();
  }
  const rest = more.length === 0 ? '' : `, ${more.length} more`;
  return `${first.path} = ${valueText(first.value)}${rest}`;
}

const recoveredWords: Readonly<Record<string, string>> = {
  'by itself': 'spoke by itself',
  restored: 'answered over its restored connection',
  abbreviated: 'came back with an abbreviated handshake',
  full: 'came back with a full handshake',
  unreachable: 'cannot be reached; it must come by itself',
};

function recoveryText({ detail: { how, devices } }: EventBody): string {
  if (devices === undefined) return recoveredWords[how ?? ''] ?? how ?? '';
  return `${formatCount(devices.heard)} of ${plural(devices.total, 'device')} heard`;
}

function responseText(event: EventBody): string {
  const { state, code, verb } = event.detail;
  const done = verb !== undefined && Object.hasOwn(verbsDone, verb) ? verbsDone[verb as keyof typeof verbsDone] : verb;
  const what = state === 'done' ? done : state;
  return `${event.operation ?? '-'}: ${what ?? ''}${code === undefined ? '' : ` (${code})`}`;
}
