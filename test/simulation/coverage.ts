/**
 * What the runs of the world met, as a flat list of counts. A run over many seeds that never met one of them proves less than it
 * seems to: from `seedsForCoverage` seeds on each has to be above 0, or the run fails.
 */
import type { GatewayEvent } from '../../src/gateway/events.ts';
import { type Trait, traits } from './temperaments.ts';

/** What can be met, besides devices of every temperament. */
const happenings = [
  'cut while the store opens',
  'cut during the restore',
  'cut at the end of the restore',
  'cut while it serves and reads on',
  'datagram while it reads on',
  'cut between two sends',
  'cut after a batch was handed over',
  'cut before a batch is durable',
  'cut after a batch is durable, before anybody knows',
  'cut while the last batch is written',
  'cut at an instant',
  'cut within a commit',
  'cut during recovery',
  'cut during a handshake',
  'cut between ACK and delivery',
  'cut while a device registers',
  'Execute in flight at a cut',
  'clean stop',
  'replay rejected',
  'ENOSPC',
  'database refused',
  'journal refused',
  'record damaged',
  'connection destroyed',
  'address move',
  'address lost',
  'session resumed',
  'idle connection dropped',
  'handshake given up',
  'exit after silence',
  'port unreachable',
  'queued for a sleeper',
  'simultaneous handshakes',
  'crash-loop breaker',
  'rung restored',
  'rung abbreviated',
  'rung full',
  'rung wait',
  'clock late',
  'clock jumps',
  'clock in 1970',
] as const;

/** Any of the others may have it. */
const ofAny = 'temperament has a certificate';

export type CoverageKey = (typeof happenings)[number] | `temperament ${Trait}` | typeof ofAny;

export type Coverage = Readonly<Record<CoverageKey, number>>;

export const seedsForCoverage = 300;

const temperamentKeys = traits.map((trait) => `temperament ${trait}` as const);
const required: readonly CoverageKey[] = [...temperamentKeys, ofAny, ...happenings];

/** Counts of nothing: every key is there, whatever a run meets. */
export function noCoverage(): Record<CoverageKey, number> {
  return Object.fromEntries(required.map((key) => [key, 0])) as Record<CoverageKey, number>;
}

export function addCoverage(sum: Record<CoverageKey, number>, counts: Coverage): void {
  for (const key of Object.keys(sum) as CoverageKey[]) sum[key] += counts[key];
}

/** Counts what an event of the gateway tells. */
export function coverEvent(counts: Record<CoverageKey, number>, event: GatewayEvent): void {
  if (event.kind === 'recovered' && event.rung === 'restored') counts['rung restored']++;
  // Told only of handshakes that the gateway began: while one is under way the device may have come by itself.
  if (event.kind === 'handshake' && event.result === 'done') counts[`rung ${event.rung}`]++;
  if (event.kind === 'alarm' && event.code === 'device-muted') counts['crash-loop breaker']++;
  if (event.kind === 'unreachable') counts['rung wait']++;
}

/** The key under which a cut at such a place counts, if it has one. */
export function cutKey(counts: Coverage, where: string): CoverageKey | undefined {
  const key = `cut ${where}`;
  return key in counts ? (key as CoverageKey) : undefined;
}

/** What was never met although it has to be. */
export function notMet(counts: Coverage): readonly CoverageKey[] {
  return required.filter((key) => counts[key] === 0);
}
