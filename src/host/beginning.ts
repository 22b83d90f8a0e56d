/**
 * When this program began. That is when its process did, except where the process first set the clone up, which takes minutes:
 * then the set-up's launcher leaves a mark between the two (`scripts/lib/launch.mjs`).
 */
export const beginningMark = 'holdfast begins';

/** In milliseconds on the clock of `performance.now()`; 0 is the start of the process. */
export function beganMs(): number {
  return performance.getEntriesByName(beginningMark, 'mark')[0]?.startTime ?? 0;
}
