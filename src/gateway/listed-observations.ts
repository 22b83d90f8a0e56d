/** Wishes and their relations as they are listed: of one device, or of all, some devices at a time. */
import type { Now } from '../base/instants.ts';
import type { Wish } from './observation.ts';
import type { Observations } from './observations.ts';
import { secondsSince } from './seconds.ts';
import type { ListedObservationView, ObservationView } from './views.ts';

export function observationView(wish: Wish, now: Now): ObservationView {
  const { path, pminSeconds, pmaxSeconds, newest, receivedAt, received, relation, refusedWith } = wish;
  return {
    path,
    pminSeconds,
    pmaxSeconds,
    state: relation?.standing ? 'running' : refusedWith === undefined ? 'wished' : 'ended',
    entry: newest?.entries.length === 1 ? newest.entries[0] : undefined,
    receivedSecondsAgo: receivedAt === undefined ? undefined : secondsSince(receivedAt, now.monotonic),
    received,
  };
}

/** What is observed on these devices, by device as they are given and then by path. */
export function listedObservations(
  endpoints: readonly string[],
  observations: Observations,
  now: Now,
  uptimeMs: number,
): readonly ListedObservationView[] {
  return endpoints.flatMap((endpoint) =>
    observations.of(endpoint).map((wish) => ({
      endpoint,
      ...observationView(wish, now),
      formers: wish.formers.map(({ askedAtUptimeMs, ended }) => ({
        askedSecondsAgo: secondsSince(askedAtUptimeMs, uptimeMs),
        ended,
      })),
    })),
  );
}
