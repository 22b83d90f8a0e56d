/** What a board knows of the time of day. */

/**
 * `late`: only some time after each start, from the network. `jumps`: in every other life it is off by ten years, without anybody
 * having said that it is right. `in 1970`: never.
 */
export type Clock = 'trusted' | 'late' | 'jumps' | 'in 1970';

const firstMs = 1_790_000_000_000;
const lateByMs = 90_000;
const jumpMs = 10 * 365 * 86_400_000;

/** `nowMs`: of the world; `life`: which one it is, and since when it lasts. */
export function wallAt(
  clock: Clock,
  nowMs: number,
  life: { readonly number: number; readonly startedAtMs: number },
): { wall: number; trusted: boolean } {
  const wall = firstMs + nowMs;
  const sinceStartMs = nowMs - life.startedAtMs;
  if (clock === 'trusted') return { wall, trusted: true };
  if (clock === 'late' && sinceStartMs >= lateByMs) return { wall, trusted: true };
  if (clock === 'jumps')
    return life.number % 2 === 1 ? { wall, trusted: true } : { wall: wall + jumpMs, trusted: false };
  return { wall: sinceStartMs, trusted: false };
}
