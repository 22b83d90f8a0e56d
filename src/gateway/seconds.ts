/** Seconds for people and programs, exact to the millisecond: what is finer is noise of the clock. */
export function toSeconds(ms: number): number {
  return Math.round(ms) / 1_000;
}

/** Between two instants of one clock, and never below none. */
export function secondsSince(then: number, now: number): number {
  return toSeconds(Math.max(0, now - then));
}
