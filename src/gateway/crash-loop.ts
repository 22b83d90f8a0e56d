/**
 * The crash-loop breaker's policy: what the process had in hand when it died, how often it has died of that, and when that is
 * enough. An error that cannot be ends the process, and a restart is the best-tested path there is; but whoever makes the
 * gateway die each time he speaks, or a record that makes it die each time it is read, would keep it down. The third death in a
 * row of the same thing convicts it: a record is set aside, a peer's records are and the peer is muted, an address that proved no
 * identity is muted for a while.
 *
 * A row ends when the gateway has served `deathRowEndsMs` without dying (the host sees to that). What was convicted stays on
 * probation until then: one more death of it is enough. Limits: `deathsNamedMax` names, the one met longest ago goes first.
 */
import { limits } from '../base/limits.ts';

/**
 * What is being worked on. A `peer` by its id, an `address` as `listener|address` while nobody has proved an identity, a `record`
 * by its key while the store is restored.
 */
export interface InHand {
  readonly kind: 'peer' | 'address' | 'record';
  readonly name: string;
}

/** Is told what is in hand from now on. */
export type HandNote = (kind: InHand['kind'], name: string) => void;

export interface Deaths extends InHand {
  readonly deaths: number;
}

/** The row after a death, and what is convicted by it. A death with nothing in hand blames nobody, and ends no row. */
export function afterDeath(
  row: readonly Deaths[],
  inHand: InHand | undefined,
): { readonly row: readonly Deaths[]; readonly culprit: InHand | undefined } {
  if (inHand === undefined) return { row, culprit: undefined };
  const { kind, name } = inHand;
  const isIt = (one: Deaths): boolean => one.kind === kind && one.name === name;
  const deaths = (row.find(isIt)?.deaths ?? 0) + 1;
  const isEnough = deaths >= limits.deathsInARowMax;
  const counted = { kind, name, deaths: isEnough ? limits.deathsInARowMax - 1 : deaths };
  const others = row.filter((one) => !isIt(one));
  return { row: [...others, counted].slice(-limits.deathsNamedMax), culprit: isEnough ? inHand : undefined };
}
