/** Instants as people and programs read them: RFC 3339 in UTC. Written without the platform's date type, so that it stays pure. */

const dayMs = 86_400_000;

/** `2026-11-22T18:31:07.000Z` for milliseconds since 1970; null when the clock was not trusted. */
export function wallText(wallMs: number | undefined): string | null {
  if (wallMs === undefined) return null;
  const days = Math.floor(wallMs / dayMs);
  const { year, month, day } = civilDate(days);
  const rest = Math.floor(wallMs - days * dayMs);
  const time = [rest / 3_600_000, (rest / 60_000) % 60, (rest / 1_000) % 60].map((part) => digits(part, 2)).join(':');
  return `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}T${time}.${digits(rest % 1_000, 3)}Z`;
}

function digits(value: number, count: number): string {
  return Math.floor(value).toString().padStart(count, '0');
}

/** The date of a day counted from 1970-01-01, in the Gregorian calendar: eras of 400 years, years that begin in March. */
function civilDate(daysSince1970: number): { year: number; month: number; day: number } {
  const shifted = daysSince1970 + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const leapDays = Math.floor(dayOfEra / 1_460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return { year, month, day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1 };
}
