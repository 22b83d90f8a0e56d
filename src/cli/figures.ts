/** Figures as people read them. Their form never follows the locale. */

/** `1,204`. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 device`, `2 devices`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

const byteUnits = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;

/** Powers of ten: `38.2 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.95 && unit < byteUnits.length - 1) {
    value /= 1_000;
    unit++;
  }
  return unit === 0 ? `${bytes} bytes` : `${value.toFixed(1)} ${byteUnits[unit]}`;
}

const daySeconds = 86_400;

/** What an account of the last 24 hours is of: the gateway keeps none over its starts. */
export function accountSpan(servingSeconds: number): string {
  return servingSeconds < daySeconds ? 'since its start' : 'in the last 24h';
}
