/**
 * Which way to a device is tried next, from what was learned of it and what there is. The cheapest first: the connection that it
 * has; a handshake that a session makes shorter; a full one; else the device has to come by itself. A device that was heard
 * over its connection is never shaken hands with.
 */
import type { Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import type { LearnedRecord } from '../records/learned-record.ts';
import type { Rung } from './recovery-view.ts';

/** What is there to reach a device with. */
export interface Means {
  readonly hasConnection: boolean;
  /** Its listener, address and key are known: a handshake can be begun. */
  readonly canConnect: boolean;
  /** A session can be offered. */
  readonly hasSession: boolean;
}

/** Handshakes that were tried in vain since the device was last heard. */
export interface Tries {
  readonly count: number;
  /** Not before this instant again. */
  readonly notBefore: Monotonic;
  /** It answered, and the handshake failed: perhaps without the session. */
  readonly refused: boolean;
}

/** The next rung for a device of which these have failed; `wait` may become another one with time. */
export function nextRung(
  means: Means,
  failed: ReadonlySet<Rung>,
  learned: LearnedRecord | undefined,
  tries: Tries | undefined,
  now: { readonly monotonic: Monotonic; readonly uptimeMs: number },
): Rung {
  if (means.hasConnection && !failed.has('restored')) return 'restored';
  if (!means.canConnect || ignoresHandshakes(learned, now.uptimeMs)) return 'wait';
  const refused = tries?.refused === true;
  const offers = means.hasSession && learned?.resumption !== false && !failed.has('abbreviated') && !refused;
  // An abbreviated handshake becomes a full one by itself where the session is not known: no answer means none to either.
  const isFirstFull = !failed.has('full') && (!failed.has('abbreviated') || refused);
  if (failed.size > 0 && !offers && !isFirstFull) return 'wait';
  const mayGoOn = tries === undefined || (refused && failed.has('abbreviated')) || tries.notBefore <= now.monotonic;
  if (!mayGoOn || (tries?.count ?? 0) >= limits.connectTriesMax) return 'wait';
  return offers ? 'abbreviated' : 'full';
}

/** After so many failures without a success; not for ever, since firmware changes. */
export function ignoresHandshakes(learned: LearnedRecord | undefined, uptimeMs: number): boolean {
  return learned?.handshake === false && uptimeMs - (learned.triedAtUptimeMs ?? 0) < limits.learnedRefusalMs;
}

/** What one more try in vain comes to. */
export function triedInVain(tries: Tries | undefined, refused: boolean, now: Monotonic): Tries {
  const count = (tries?.count ?? 0) + 1;
  const waitMs = Math.min(limits.connectRetryFirstMs * 2 ** (count - 1), limits.connectRetryLongestMs);
  return { count, notBefore: (now + waitMs) as Monotonic, refused };
}
