/** Ages and durations as people read them: `4s 4m48s 2h14m 21h 3d`, two units below 10 of the larger, one above. */

const unitsOfAge = [
  { name: 'd', seconds: 86_400 },
  { name: 'h', seconds: 3_600 },
  { name: 'm', seconds: 60 },
  { name: 's', seconds: 1 },
] as const;

/** An age or remaining time; fractions of a second are dropped. */
export function formatAge(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const index = unitsOfAge.findIndex((unit) => whole >= unit.seconds);
  const unit = unitsOfAge[index];
  if (unit === undefined) return '0s';
  const count = Math.floor(whole / unit.seconds);
  const next = unitsOfAge[index + 1];
  const rest = next === undefined ? 0 : Math.floor((whole % unit.seconds) / next.seconds);
  return next === undefined || count >= 10 || rest === 0
    ? `${count}${unit.name}`
    : `${count}${unit.name}${rest}${next.name}`;
}

/** A measured duration: `38 ms` below a second, `0.9s` below a minute with `short`, an age above. */
export function formatDurationMs(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  return milliseconds < 60_000 ? formatSeconds(milliseconds) : formatAge(milliseconds / 1_000);
}

/** `0.9s`, `2.1s`; an age from a minute on. */
export function formatSeconds(milliseconds: number): string {
  if (milliseconds >= 60_000) return formatAge(milliseconds / 1_000);
  return `${(milliseconds / 1_000).toFixed(1)}s`;
}

/** What was asked for, exactly as far as one unit goes: `10s`, `93s`, `24h`, `90m`, `250ms`. */
export function formatExact(milliseconds: number): string {
  if (milliseconds % 1_000 !== 0) return `${milliseconds}ms`;
  const seconds = milliseconds / 1_000;
  if (seconds >= 7_200 && seconds % 3_600 === 0) return `${seconds / 3_600}h`;
  return seconds >= 120 && seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}

/** The milliseconds of `250ms 10s 5m 2h 3d 1h30m`, or undefined when it is not a duration. */
export function parseDuration(text: string): number | undefined {
  const parts = /^(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,9})s)?(?:(\d{1,9})ms)?$/.exec(text);
  if (parts === null || text === '') return undefined;
  const [days, hours, minutes, seconds, milliseconds] = parts.slice(1).map((part) => Number(part ?? 0));
  return (
    (((days ?? 0) * 24 + (hours ?? 0)) * 3_600 + (minutes ?? 0) * 60 + (seconds ?? 0)) * 1_000 + (milliseconds ?? 0)
  );
}
