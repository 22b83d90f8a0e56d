/**
 * Every path of the interface, as its callers write it. Leshan's are under `/api` as its clients know them; what their bodies
 * lack is under `/api/holdfast`. An endpoint name is one percent-encoded segment, slashes included. `route-parser.ts` reads
 * the same paths back.
 */
import { type EventSelection, eventSelectionQuery } from './event-selection.ts';
import { type OperationSelection, operationSelectionQuery } from './operation-selection.ts';

/** An endpoint name as one segment of a path. */
export function encodeEndpoint(endpoint: string): string {
  return encodeURIComponent(endpoint);
}

/** The name in a segment, or undefined when its percent-encoding is broken or is not UTF-8. */
export function decodeEndpoint(segment: string): string | undefined {
  try {
    const name = decodeURIComponent(segment);
    return name === '' ? undefined : name;
  } catch {
    return undefined;
  }
}

export const routes = {
  /** PUT with a `SecurityBody`; GET lists them. `?replace=true` changes an existing one. */
  securityClients: (replace = false) => `/api/security/clients/${replace ? '?replace=true' : ''}`,
  securityClient: (endpoint: string) => `/api/security/clients/${encodeEndpoint(endpoint)}`,
  clients: () => '/api/clients',
  client: (endpoint: string) => `/api/clients/${encodeEndpoint(endpoint)}`,
  /** GET reads, PUT writes, POST executes; `path` begins with a slash. */
  clientPath: (endpoint: string, path: string) => `/api/clients/${encodeEndpoint(endpoint)}${path}`,
  /** Leshan's server-sent events. */
  event: () => '/api/event',

  /** GET: what monitoring collects, in Prometheus's text format. */
  metrics: () => '/metrics',
  /** GET: `StatusBody`. */
  status: () => '/api/holdfast/status',
  /** GET: `RecoveryBody`. */
  recovery: () => '/api/holdfast/recovery',
  /** GET: `FlashBody`. */
  flash: () => '/api/holdfast/flash',
  /** GET: an array of `DeviceBody`, one element a line, streamed, by endpoint bytewise. */
  devices: () => '/api/holdfast/devices',
  /** GET: `DeviceDetailBody`. */
  device: (endpoint: string) => `/api/holdfast/devices/${encodeEndpoint(endpoint)}`,
  /** DELETE: ends registration, observations, queue and connection, and the credentials unless they are kept; `ChangeBody`. */
  removeDevice: (endpoint: string, keepCredentials: boolean) =>
    `/api/holdfast/devices/${encodeEndpoint(endpoint)}${keepCredentials ? '?keepCredentials=true' : ''}`,
  /** POST drops its connection and shakes hands anew; `ResetBody`. */
  deviceReset: (endpoint: string) => `/api/holdfast/devices/${encodeEndpoint(endpoint)}/reset`,
  /** PUT with `{"forMs":N}`, or `{}` for good, mutes; DELETE unmutes; `ChangeBody`. */
  deviceMute: (endpoint: string) => `/api/holdfast/devices/${encodeEndpoint(endpoint)}/mute`,
  /** POST with an `OperationRequestBody`: one `OperationBody` or `ErrorBody` a line (see `operation-request.ts`). */
  operations: () => '/api/holdfast/operations',
  /** GET: an array of `OperationBody`, one element a line, by id. */
  listedOperations: (selection: OperationSelection) => `/api/holdfast/operations${operationSelectionQuery(selection)}`,
  /** GET: `OperationBody`, with `?raw=true` the answer's payload too. DELETE withdraws it: `OperationBody`. */
  operation: (id: number, raw = false) => `/api/holdfast/operations/${id}${raw ? '?raw=true' : ''}`,
  /** POST has an operation that is in doubt sent anew: `OperationBody`. */
  retryOperation: (id: number) => `/api/holdfast/operations/${id}/retry`,
  /** GET: an array of `ListedObservationBody`, one element a line, by endpoint bytewise and then by path. */
  observations: (endpoint?: string) =>
    `/api/holdfast/observations${endpoint === undefined ? '' : `?${new URLSearchParams({ ep: endpoint })}`}`,
  /** GET: one `EventBody` a line. */
  events: (selection: EventSelection) => `/api/holdfast/events${eventSelectionQuery(selection)}`,
  /** GET: an array of `ReaderBody`, by name. */
  readers: () => '/api/holdfast/readers',
  /** PUT with `{"cursor":N}` adds the reader or moves its cursor, back only with `reset`; DELETE removes it; `ReaderChangeBody`. */
  reader: (name: string, reset = false) =>
    `/api/holdfast/readers/${encodeURIComponent(name)}${reset ? '?reset=true' : ''}`,
  /** GET: `ConfigurationBody`. */
  configuration: () => '/api/holdfast/configuration',
  /** GET: `VersionBody`. */
  version: () => '/api/holdfast/version',
} as const;
