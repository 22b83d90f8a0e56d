/**
 * Time is an argument, never read. The monotonic clock counts milliseconds of uptime and never jumps; the wall clock counts
 * milliseconds since 1970 and may be wrong by decades until it is trusted (boards without a battery wake in 1970).
 */

declare const monotonicBrand: unique symbol;
declare const wallBrand: unique symbol;

/** Milliseconds on the monotonic clock of this process. Means nothing in another process: never store it. */
export type Monotonic = number & { readonly [monotonicBrand]: true };

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Wall = number & { readonly [wallBrand]: true };

/** The instant at which something is done, on both clocks. */
export interface Now {
  readonly monotonic: Monotonic;
  readonly wall: Wall;
  /** NTP, a battery clock declared good, or an operator vouches for `wall`. */
  readonly wallTrusted: boolean;
}

/** The wall time, as far as anybody vouches for it: what is kept and told. */
export function trustedWall(now: Now): Wall | undefined {
  return now.wallTrusted ? now.wall : undefined;
}

/** The instant `durationMs` after `instant`. */
export function after(instant: Monotonic, durationMs: number): Monotonic {
  return (instant + durationMs) as Monotonic;
}

/** The earlier of two instants, either of which may be absent. */
export function earliest(a: Monotonic | undefined, b: Monotonic | undefined): Monotonic | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  return a < b ? a : b;
}

export const second = 1_000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;
