/** What is said once the gateway serves. */
import { relative } from 'node:path';
import type { LoadedConfiguration } from './configuration.ts';
import type { RunningGateway } from './gateway-process.ts';
import type { Installation } from './installation.ts';
import { startScreen } from './start-screen.ts';

/** For the program that started this one: everything it needs to know to use it, on one line. */
export function readyLine(gateway: RunningGateway, loaded: LoadedConfiguration, { version }: Installation): string {
  const { startToServingMs, generation, lastStop, transports } = gateway;
  const line = {
    ready: true,
    version,
    pid: process.pid,
    startToServingMs,
    generation,
    lastStop,
    listeners: transports.map(({ listener, url, receiveBufferBytes }) => ({ name: listener, url, receiveBufferBytes })),
    socket: loaded.socketPath,
    http: loaded.configuration.httpAddress ?? null,
  };
  return `${JSON.stringify(line)}\n`;
}

/** For the person who started it. */
export function readyScreen(gateway: RunningGateway, loaded: LoadedConfiguration, installation: Installation): string {
  const urls = (secured: boolean) =>
    gateway.transports.map(({ url }) => url).filter((url) => url.startsWith('coaps:') === secured);
  const { configuration, socketPath } = loaded;
  const ownSocket = socketPath === `${installation.stateDirectory}/admin.sock`;
  return startScreen({
    version: installation.version,
    lastStop: gateway.lastStop,
    state: asTyped(configuration.stateDirectory),
    secured: urls(true),
    plain: urls(false),
    takesCertificates: configuration.certificates !== undefined,
    http: configuration.httpAddress === undefined ? undefined : `http://${configuration.httpAddress}`,
    command: ownSocket ? './holdfast' : `./holdfast --socket ${asTyped(socketPath)}`,
    devicesKnown: devicesKnown(gateway),
  });
}

/** For `systemctl status`. */
export function readyStatus(gateway: RunningGateway): string {
  const known = devicesKnown(gateway);
  return `Serves ${gateway.transports.map(({ url }) => url).join(', ')}; ${known} ${known === 1 ? 'device' : 'devices'} known.`;
}

function devicesKnown({ runtime }: RunningGateway): number {
  const answer = runtime.inspect({ kind: 'status' });
  return answer.kind === 'status' ? Object.values(answer.status.devices).reduce((sum, count) => sum + count, 0) : 0;
}

/** `./var` for what lies below the current directory. */
function asTyped(path: string): string {
  const below = relative(process.cwd(), path);
  return below === '' || below.startsWith('..') ? path : `./${below}`;
}
