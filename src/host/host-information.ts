/** What the process knows of itself, for `status`, `version` and `config show`. */
import { hostname } from 'node:os';
import { hour } from '../base/instants.ts';
import type { Information } from '../management/information.ts';
import type { LoadedConfiguration } from './configuration.ts';
import type { RunningGateway } from './gateway-process.ts';
import type { Installation } from './installation.ts';
import type { WrittenBytes } from './written-bytes.ts';

/** Returns what tells it, as it is when asked. */
export function hostInformation(
  { transports, clock, startToServingMs, lastStop, notes, databaseState }: RunningGateway,
  { described }: LoadedConfiguration,
  { version }: Installation,
  engine: string | null,
  written: WrittenBytes,
): () => Information {
  setInterval(() => written.sample(clock.now().monotonic), hour).unref();
  const fixed = {
    version,
    engine,
    node: process.versions.node,
    host: hostname(),
    startToServingMs,
    listeners: transports.map(({ listener, url }) => ({ name: listener, url })),
    lastStopReason: lastStop,
    configuration: described,
  };
  return () => {
    const { trusted, source } = clock.trust();
    const writtenBytes24h = written.last24Hours(clock.now().monotonic);
    return {
      ...fixed,
      clock: { trusted, source: source ?? null },
      store: { writtenBytes24h, notes, database: databaseState() },
    };
  };
}
