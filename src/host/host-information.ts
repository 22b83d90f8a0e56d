/** What the process knows of itself, for `status`, `version` and `config show`. */
import { hostname } from 'node:os';
import type { Information } from '../management/information.ts';
import type { LoadedConfiguration } from './configuration.ts';
import type { RunningGateway } from './gateway-process.ts';
import type { Installation } from './installation.ts';

/** Returns what tells it, as it is when asked. */
export function hostInformation(
  { transports, clock, wear, storeHealth, startToServingMs, lastStop, notes }: RunningGateway,
  { described }: LoadedConfiguration,
  { version }: Installation,
  engine: string | null,
): () => Information {
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
    const store = { wear: wear.information(), health: storeHealth(), notes };
    return { ...fixed, clock: { trusted, source: source ?? null }, store };
  };
}
