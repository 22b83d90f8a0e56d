/** Which of two notifications is the younger one (RFC 7641 section 3.4): numbers of 24 bits that wrap, and a clause for idle times. */
import type { Monotonic } from '../base/instants.ts';
import { second } from '../base/instants.ts';

export interface Arrival {
  /** The value of the Observe option, 24 bits. */
  readonly sequence: number;
  readonly at: Monotonic;
}

const half = 2 ** 23;
const alwaysFreshAfterMs = 128 * second;

/** True when `arrival` is younger than the youngest before it. */
export function isFresh(arrival: Arrival, youngest: Arrival | undefined): boolean {
  if (youngest === undefined) return true;
  const ahead = arrival.sequence - youngest.sequence;
  const younger = ahead > 0 ? ahead < half : -ahead > half;
  return younger || arrival.at - youngest.at > alwaysFreshAfterMs;
}
