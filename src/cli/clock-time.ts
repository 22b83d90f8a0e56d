/** Clock times as people read them, local to the gateway (the CLI runs on its machine) or in UTC. JSON is always UTC. */
import type { Style } from './style.ts';

interface Parts {
  readonly date: string;
  readonly time: string;
}

function parts(instant: Date, utc: boolean): Parts {
  const two = (value: number) => String(value).padStart(2, '0');
  const [year, month, day, hours, minutes, seconds] = utc
    ? [
        instant.getUTCFullYear(),
        instant.getUTCMonth(),
        instant.getUTCDate(),
        instant.getUTCHours(),
        instant.getUTCMinutes(),
        instant.getUTCSeconds(),
      ]
    : [
        instant.getFullYear(),
        instant.getMonth(),
        instant.getDate(),
        instant.getHours(),
        instant.getMinutes(),
        instant.getSeconds(),
      ];
  return { date: `${year}-${two(month + 1)}-${two(day)}`, time: `${two(hours)}:${two(minutes)}:${two(seconds)}` };
}

/** `2026-11-22 18:31:07`. */
export function dateAndTime(at: string, style: Style): string {
  const { date, time } = parts(new Date(at), style.utc);
  return `${date} ${time}`;
}

export function dateOnly(at: string, style: Style): string {
  return parts(new Date(at), style.utc).date;
}

/** `18:31:07` today, with the date on any other day; `-` while the clock is not trusted. */
export function timeToday(at: string | null, nowMs: number, style: Style): string {
  if (at === null) return '-';
  const { date, time } = parts(new Date(at), style.utc);
  return date === parts(new Date(nowMs), style.utc).date ? time : `${date} ${time}`;
}
