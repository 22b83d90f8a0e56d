/** What the gateway runs with: the file, the defaults where it is silent, the arguments where they speak. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ConfigurationBody, ConfigurationKeyBody } from '../api/bodies/configuration.ts';
import type { Configuration, ListenerConfiguration, LogLevel } from '../api/configuration/configuration.ts';
import { isIpv4, isIpv6, isLoopbackWithPort } from '../api/configuration/host-text.ts';
import { readConfiguration } from '../api/configuration/read-configuration.ts';
import type { Arguments, ListenArgument } from './arguments.ts';
import type { Installation } from './installation.ts';
import { errorCode, StartError } from './start-error.ts';

export interface LoadedConfiguration {
  readonly configuration: Configuration;
  /** The same for people: the file, and every key with its unit and where its value comes from. */
  readonly described: ConfigurationBody;
  /** What is shown at a terminal: what the file says, else less than the default, which would drown the start screen. */
  readonly terminalLogLevel: LogLevel;
  /** The operators' unix socket. */
  readonly socketPath: string;
  /** Whose members may use the socket, and the one beside it that only answers. Undefined: the account itself, and no other. */
  readonly sharedSockets: { readonly group: string; readonly readPath: string; readonly readGroup: string } | undefined;
}

/** The longest path of a unix socket in bytes (unix(7): 108 with the final zero). */
const socketPathBytesMax = 107;

/** Throws a StartError (30) that lists every problem. Paths of the result are absolute. */
export function loadConfiguration(given: Arguments, installation: Installation): LoadedConfiguration {
  const file = given.config ?? installation.configurationFile;
  const text = file === undefined ? undefined : fileText(file, given.config !== undefined);
  const read = readConfiguration(text ?? '', installation.stateDirectory);
  if (read.problems.length > 0) throw problemsError(file ?? '', read.problems);
  const { configuration, keys } = withArguments(read.configuration, read.keys, given);
  const stateDirectory = resolve(configuration.stateDirectory);
  return {
    configuration: { ...configuration, stateDirectory },
    described: { file: text === undefined || file === undefined ? null : file, keys },
    terminalLogLevel: keys.some(isSaidLogLevel) ? configuration.logLevel : 'warn',
    ...socketsOf(given.socket, installation.runtimeDirectory, stateDirectory),
  };
}

/** A package's are shared with groups; a clone's belong to who runs it. */
function socketsOf(
  said: string | undefined,
  runtimeDirectory: string | undefined,
  stateDirectory: string,
): Pick<LoadedConfiguration, 'socketPath' | 'sharedSockets'> {
  if (said !== undefined || runtimeDirectory === undefined) {
    return { socketPath: socketPath(said ?? join(stateDirectory, 'admin.sock')), sharedSockets: undefined };
  }
  const readPath = socketPath(join(runtimeDirectory, 'read.sock'));
  const sharedSockets = { group: 'holdfast-admin', readPath, readGroup: 'holdfast-read' };
  return { socketPath: socketPath(join(runtimeDirectory, 'admin.sock')), sharedSockets };
}

function isSaidLogLevel({ key, origin }: ConfigurationKeyBody): boolean {
  return key === 'log.level' && origin !== 'default';
}

/** The file's text; undefined when it is not there and nobody asked for it by name. */
function fileText(file: string, required: boolean): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (!required && errorCode(error) === 'ENOENT') return undefined;
    throw new StartError(30, `the configuration ${file} cannot be read: ${errorCode(error) ?? String(error)}.`);
  }
}

function problemsError(file: string, problems: ReturnType<typeof readConfiguration>['problems']): StartError {
  const sentences = problems.map(({ line, text }) => (line === undefined ? text : `line ${line}: ${text}`));
  const [first = '', ...more] = sentences;
  return new StartError(30, `${file}: ${first}`, ...more, `Check it:  holdfast config check ${file}`);
}

function withArguments(
  configuration: Configuration,
  keys: readonly ConfigurationKeyBody[],
  given: Arguments,
): { configuration: Configuration; keys: readonly ConfigurationKeyBody[] } {
  const { state, http, listen, nosec } = given;
  if (http !== undefined && !isLoopbackWithPort(http)) {
    throw new StartError(30, `--http is ${http}; it is a loopback address with a port, like 127.0.0.1:8080.`);
  }
  const kept = listen.length > 0 ? [] : configuration.listeners;
  const added = [...listen, ...nosec].map(listenerOf);
  const listeners = [...kept, ...added];
  refuseTwins(listeners);
  const changed = keys
    .filter((key) => listen.length === 0 || !key.key.startsWith('listener.'))
    .map((key) => replaced(key, 'state.directory', state, '--state'))
    .map((key) => replaced(key, 'http.address', http, '--http'));
  return {
    configuration: {
      ...configuration,
      listeners,
      stateDirectory: state ?? configuration.stateDirectory,
      httpAddress: http ?? configuration.httpAddress,
    },
    keys: [...added.flatMap(keysOf), ...changed],
  };
}

function listenerOf({ name, scheme, host, port }: ListenArgument): ListenerConfiguration {
  if (!isIpv4(host) && !isIpv6(host))
    throw new StartError(30, `${host} is not an address; it is IPv4 or IPv6, in digits.`);
  return { name, address: host, port, security: scheme === 'coaps' ? 'psk' : 'none', enabled: true };
}

function refuseTwins(listeners: readonly ListenerConfiguration[]): void {
  const names = new Set<string>();
  for (const { name } of listeners) {
    if (names.has(name)) throw new StartError(30, `two listeners are named "${name}".`);
    names.add(name);
  }
}

function replaced(
  key: ConfigurationKeyBody,
  name: string,
  value: string | undefined,
  origin: string,
): ConfigurationKeyBody {
  return key.key === name && value !== undefined ? { ...key, value, origin } : key;
}

function keysOf({ name, address, port, security }: ListenerConfiguration): ConfigurationKeyBody[] {
  const common = { default: null, unit: null, origin: security === 'psk' ? '--listen' : '--nosec', description: '' };
  return Object.entries({ address, port, security }).map(([key, value]) => ({
    ...common,
    key: `listener.${name}.${key}`,
    value,
  }));
}

function socketPath(path: string): string {
  const absolute = resolve(path);
  const bytes = Buffer.byteLength(absolute);
  if (bytes <= socketPathBytesMax) return absolute;
  throw new StartError(
    30,
    `the socket's path ${absolute} has ${bytes} bytes; the system takes ${socketPathBytesMax}.`,
    'Say a shorter one:  --socket PATH',
  );
}
