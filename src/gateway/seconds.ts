/** Seconds for people and programs, exact to the millisecond: what is finer is noise of the clock. */
export function toSeconds(ms: number): number {
  return Math.round(ms) / 1_000;
}
