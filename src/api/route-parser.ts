/**
 * Reads method and path of a request: which route it is, with endpoint name and device path taken out. The counterpart of
 * `routes.ts`. Pure; the query is left to whom it concerns.
 */
import { parseDevicePath } from './device-path.ts';
import { decodeEndpoint } from './routes.ts';

export type Route =
  | { readonly kind: 'list-clients' }
  | { readonly kind: 'show-client'; readonly endpoint: string }
  | { readonly kind: DeviceVerb; readonly endpoint: string; readonly path: readonly number[] }
  | { readonly kind: 'composite'; readonly endpoint: string }
  | { readonly kind: 'leshan-events' }
  | { readonly kind: 'list-security' }
  | { readonly kind: 'add-security' }
  | { readonly kind: 'show-security' | 'remove-security'; readonly endpoint: string }
  | {
      readonly kind:
        | 'status'
        | 'list-devices'
        | 'operate'
        | 'list-operations'
        | 'list-observations'
        | 'events'
        | 'configuration'
        | 'version'
        | 'metrics'
        | 'flash'
        | 'recovery';
    }
  | {
      readonly kind: 'show-device' | 'remove-device' | 'mute-device' | 'unmute-device' | 'reset-device';
      readonly endpoint: string;
    }
  | { readonly kind: 'list-readers' }
  | { readonly kind: 'set-reader' | 'remove-reader'; readonly name: string }
  | { readonly kind: 'show-operation' | 'cancel-operation' | 'retry-operation'; readonly id: number };

type DeviceVerb =
  | 'read'
  | 'write'
  | 'execute'
  | 'create'
  | 'delete'
  | 'attributes'
  | 'discover'
  | 'observe'
  | 'unobserve';

export type RouteResult =
  | {
      readonly kind: 'route';
      readonly route: Route;
      readonly query: URLSearchParams /** For the form of errors. */;
      readonly leshan: boolean;
    }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'method-not-allowed'; readonly allowed: readonly string[] };

/** `target` is the request's target as it stands in the request line: path and query, percent-encoded. */
export function parseRoute(method: string, target: string): RouteResult {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1));
  const [empty, top, area = '', ...segments] = path.split('/');
  if (empty !== '') return { kind: 'unknown' };
  const byMethod = path === '/metrics' ? metricsRoutes : top === 'api' ? routesOfArea(area, segments) : undefined;
  if (byMethod === undefined) return { kind: 'unknown' };
  const route = byMethod[method];
  if (route === undefined) return { kind: 'method-not-allowed', allowed: Object.keys(byMethod) };
  return { kind: 'route', route, query, leshan: top === 'api' && area !== 'holdfast' };
}

type ByMethod = Readonly<Record<string, Route>>;

/** Where Prometheus looks. */
const metricsRoutes: ByMethod = { GET: { kind: 'metrics' } };

function routesOfArea(area: string, segments: readonly string[]): ByMethod | undefined {
  switch (area) {
    case 'clients':
      return clientRoutes(withoutEmptyEnd(segments));
    case 'security':
      return segments[0] === 'clients' ? securityRoutes(withoutEmptyEnd(segments.slice(1))) : undefined;
    case 'event':
      return segments.length === 0 ? { GET: { kind: 'leshan-events' } } : undefined;
    case 'holdfast':
      return holdfastRoutes(withoutEmptyEnd(segments));
    default:
      return undefined;
  }
}

/** `/api/clients/` is `/api/clients`. */
function withoutEmptyEnd(segments: readonly string[]): readonly string[] {
  return segments.at(-1) === '' ? segments.slice(0, -1) : segments;
}

function securityRoutes(segments: readonly string[]): ByMethod | undefined {
  const [name, ...rest] = segments;
  if (name === undefined) return { GET: { kind: 'list-security' }, PUT: { kind: 'add-security' } };
  const endpoint = decodeEndpoint(name);
  if (endpoint === undefined || rest.length > 0) return undefined;
  return { GET: { kind: 'show-security', endpoint }, DELETE: { kind: 'remove-security', endpoint } };
}

function holdfastRoutes(segments: readonly string[]): ByMethod | undefined {
  const [noun, name, ...rest] = segments;
  if (name === undefined) return listRoutes(noun);
  if (noun === 'operations') return operationRoutes(name, rest);
  if (noun === 'devices') return deviceRoutes(name, rest);
  if (rest.length > 0) return undefined;
  return noun === 'readers' ? readerRoutes(name) : undefined;
}

function operationRoutes(name: string, [action, ...rest]: readonly string[]): ByMethod | undefined {
  if (!/^\d{1,15}$/.test(name) || rest.length > 0) return undefined;
  const id = Number(name);
  if (action === undefined) return { GET: { kind: 'show-operation', id }, DELETE: { kind: 'cancel-operation', id } };
  return action === 'retry' ? { POST: { kind: 'retry-operation', id } } : undefined;
}

function deviceRoutes(name: string, rest: readonly string[]): ByMethod | undefined {
  const endpoint = decodeEndpoint(name);
  if (endpoint === undefined || rest.length > 1) return undefined;
  if (rest.length === 0) return { GET: { kind: 'show-device', endpoint }, DELETE: { kind: 'remove-device', endpoint } };
  if (rest[0] === 'reset') return { POST: { kind: 'reset-device', endpoint } };
  if (rest[0] !== 'mute') return undefined;
  return { PUT: { kind: 'mute-device', endpoint }, DELETE: { kind: 'unmute-device', endpoint } };
}

/** Whether it is the name of a reader the gateway decides; an unknown one is only refused. */
function readerRoutes(segment: string): ByMethod | undefined {
  const name = decodeEndpoint(segment);
  if (name === undefined) return undefined;
  return { PUT: { kind: 'set-reader', name }, DELETE: { kind: 'remove-reader', name } };
}

function listRoutes(noun: string | undefined): ByMethod | undefined {
  switch (noun) {
    case 'status':
    case 'flash':
    case 'recovery':
    case 'events':
    case 'configuration':
    case 'version':
      return { GET: { kind: noun } };
    case 'devices':
      return { GET: { kind: 'list-devices' } };
    case 'readers':
      return { GET: { kind: 'list-readers' } };
    case 'operations':
      return { GET: { kind: 'list-operations' }, POST: { kind: 'operate' } };
    case 'observations':
      return { GET: { kind: 'list-observations' } };
    default:
      return undefined;
  }
}

const subResources = ['attributes', 'discover', 'observe'] as const;

function clientRoutes(segments: readonly string[]): ByMethod | undefined {
  const [name, ...rest] = segments;
  if (name === undefined) return { GET: { kind: 'list-clients' } };
  const endpoint = decodeEndpoint(name);
  if (endpoint === undefined) return undefined;
  if (rest.length === 0) return { GET: { kind: 'show-client', endpoint } };
  if (rest[0] === 'composite') return compositeRoutes(endpoint, rest.slice(1));
  const sub = subResources.find((word) => word === rest.at(-1));
  const path = parseDevicePath(`/${(sub === undefined ? rest : rest.slice(0, -1)).join('/')}`);
  if (path === undefined || (path.length === 0 && sub === undefined)) return undefined;
  return pathRoutes(endpoint, path, sub);
}

function pathRoutes(
  endpoint: string,
  path: readonly number[],
  sub: (typeof subResources)[number] | undefined,
): ByMethod {
  switch (sub) {
    case 'attributes':
      return { PUT: { kind: 'attributes', endpoint, path } };
    case 'discover':
      return { GET: { kind: 'discover', endpoint, path } };
    case 'observe':
      return { POST: { kind: 'observe', endpoint, path }, DELETE: { kind: 'unobserve', endpoint, path } };
    case undefined:
      return {
        GET: { kind: 'read', endpoint, path },
        PUT: { kind: 'write', endpoint, path },
        // A resource is executed; in an object or instance something is created.
        POST: { kind: path.length === 3 ? 'execute' : 'create', endpoint, path },
        DELETE: { kind: 'delete', endpoint, path },
      };
  }
}

function compositeRoutes(endpoint: string, rest: readonly string[]): ByMethod | undefined {
  const composite: Route = { kind: 'composite', endpoint };
  if (rest.length === 0) return { GET: composite, PUT: composite };
  return rest.length === 1 && rest[0] === 'observe' ? { POST: composite, DELETE: composite } : undefined;
}
