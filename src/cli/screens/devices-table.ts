/** The rows of `holdfast devices`, and the line that counts them. */
import { formatAge } from '../../api/ages.ts';
import type { DeviceBody } from '../../api/bodies/device.ts';
import { type DeviceState, deviceStates } from '../../api/state-words.ts';
import { formatCount, plural } from '../figures.ts';
import { colorState, type Style } from '../style.ts';
import type { Column } from '../table.ts';

/** `rows` are all that will be shown, if they are known by now. */
export function deviceColumns(style: Style, rows: readonly (readonly string[])[] = []): readonly Column[] {
  // Ages of two units change their length most: with room beside them the table stays where it is from call to call.
  const hasLongAge = rows.some((row) => /^\d\D+\d/.test(row[2] ?? ''));
  return [
    { title: 'ENDPOINT', cut: 'middle' },
    { title: 'STATE', paint: (cell) => colorState(cell as DeviceState, style) },
    { title: 'HEARD', width: hasLongAge ? 6 : 5 },
    { title: 'EXPIRES' },
    { title: 'LINK' },
    { title: 'OBSERVED', align: 'right' },
    { title: 'QUEUED', align: 'right' },
  ];
}

export function deviceRow(device: DeviceBody): readonly string[] {
  return [
    device.endpoint,
    device.state,
    device.heardSecondsAgo === null ? 'never' : formatAge(device.heardSecondsAgo),
    device.expiresInSeconds === null ? '-' : formatAge(device.expiresInSeconds),
    linkText(device),
    device.observations === 0 ? '-' : formatCount(device.observations),
    device.queued === 0 ? '-' : formatCount(device.queued),
  ];
}

/** `dtls+cid`, `dtls`, `plain`; `-` when there is no connection. */
function linkText(device: DeviceBody): string {
  if (device.connection === 'none') return '-';
  if (device.security === 'none') return 'plain';
  return device.connectionId ? 'dtls+cid' : 'dtls';
}

/** `7 devices: 2 online, 1 awake`. */
export function devicesSummary(devices: readonly DeviceBody[]): string {
  const counted = deviceStates.flatMap((state) => {
    const count = devices.filter((device) => device.state === state).length;
    return count === 0 ? [] : [`${formatCount(count)} ${state}`];
  });
  const all = plural(devices.length, 'device');
  return counted.length === 0 ? all : `${all}: ${counted.join(', ')}`;
}
