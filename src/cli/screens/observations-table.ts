/** The rows of `holdfast observations`, and the cells that `device show` has in common with them. */
import { formatAge } from '../../api/ages.ts';
import type { ListedObservationBody, ObservationBody } from '../../api/bodies/device.ts';
import { formatCount, plural } from '../figures.ts';
import type { Column } from '../table.ts';
import { valueText } from './values-table.ts';

export const observationColumns: readonly Column[] = [
  { title: 'ENDPOINT', cut: 'middle' },
  { title: 'PATH' },
  { title: 'EVERY' },
  { title: 'STATE' },
  { title: 'LAST VALUE', cut: 'end' },
  { title: 'AGE' },
  { title: 'RECEIVED', align: 'right' },
];

/** The wish, and a row for each earlier relation that still counts. */
export function observationRows(observation: ListedObservationBody): readonly (readonly string[])[] {
  const { endpoint, path, state, formers } = observation;
  const cells = observationCells(observation);
  return [
    [endpoint, path, cells.every, state, cells.value, cells.age, cells.received],
    ...formers.map((former) => [endpoint, path, '-', 'former', '-', formatAge(former.askedSecondsAgo), '-']),
  ];
}

export function observationCells(observation: ObservationBody): Record<'every' | 'value' | 'age' | 'received', string> {
  const { pminSeconds, pmaxSeconds, value, receivedSecondsAgo, received } = observation;
  // After a restart it is known that something came, and not when, until something comes again.
  const noAge = received === 0 ? 'never' : '-';
  return {
    every: everyText(pminSeconds, pmaxSeconds),
    value: value === null ? '-' : valueText(value),
    age: receivedSecondsAgo === null ? noAge : formatAge(receivedSecondsAgo),
    received: formatCount(received),
  };
}

/** `10-60s`, from pmin and pmax. */
function everyText(pminSeconds: number | null, pmaxSeconds: number | null): string {
  if (pminSeconds === null && pmaxSeconds === null) return '-';
  if (pmaxSeconds === null) return `>=${pminSeconds}s`;
  return pminSeconds === null ? `<=${pmaxSeconds}s` : `${pminSeconds}-${pmaxSeconds}s`;
}

/** `3 observations of 2 devices: 2 running, 1 wished`. */
export function observationsSummary(observations: readonly ListedObservationBody[]): string {
  const devices = new Set(observations.map(({ endpoint }) => endpoint)).size;
  const counted = (['running', 'wished', 'ended'] as const).flatMap((state) => {
    const count = observations.filter((observation) => observation.state === state).length;
    return count === 0 ? [] : [`${formatCount(count)} ${state}`];
  });
  return `${plural(observations.length, 'observation')} of ${plural(devices, 'device')}: ${counted.join(', ')}`;
}
