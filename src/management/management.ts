/**
 * The door: carries the contract with people and programs (`src/api`) out on the gateway. A request is a value, and so is the
 * plan that answers it; no socket, no clock and no waiting is here.
 */
import { errorDetails } from '../api/error-codes.ts';
import { notRegisteredText } from '../api/leshan/bodies.ts';
import { parseRoute, type Route, type RouteResult } from '../api/route-parser.ts';
import { contentTypes, jsonSchemaVersion } from '../api/version.ts';
import { limits } from '../base/limits.ts';
import { deviceDetailBody } from './device-body.ts';
import { findDevice, isRegistered, unknownDevicePlan } from './device-lookup.ts';
import { holdfastEvents, leshanEvents } from './event-streams.ts';
import { flashBody } from './flash-body.ts';
import { clientBody } from './leshan-body.ts';
import { planLeshanRequest } from './leshan-requests.ts';
import { listClients, listDevices, listObservations } from './lists.ts';
import { metricsText } from './metrics.ts';
import { muteDevice, unmuteDevice } from './muting.ts';
import { operate } from './operate.ts';
import { cancelOperation, listOperations, retryOperation, showOperation } from './operations.ts';
import type { Knowledge, ManagementRequest, Plan } from './plan.ts';
import { listReaders, removeReader, setReader } from './readers.ts';
import { recoveryBody } from './recovery-body.ts';
import { resetDevice } from './resetting.ts';
import { errorResponse, jsonResponse, leshanError, respond, textResponse } from './response.ts';
import { addSecurity, listSecurity, removeDevice, showSecurity } from './security.ts';
import { statusBody } from './status-body.ts';

/** How a request is to be answered. Changes nothing by itself. */
export function plan(request: ManagementRequest, knowledge: Knowledge): Plan {
  const parsed = parseRoute(request.method, request.target);
  switch (parsed.kind) {
    case 'unknown':
      return respond(errorResponse(errorDetails('UNKNOWN_ROUTE', 'There is nothing at this path.')));
    case 'method-not-allowed': {
      const error = errorDetails('UNKNOWN_ROUTE', `${request.method} is not for this path.`);
      return respond({ ...errorResponse(error), status: 405, allow: parsed.allowed.join(', ') });
    }
    case 'route':
      return parsed.leshan ? planLeshan(parsed, request, knowledge) : planHoldfast(parsed, request, knowledge);
  }
}

type Parsed = Extract<RouteResult, { kind: 'route' }>;

function planLeshan({ route, query }: Parsed, request: ManagementRequest, knowledge: Knowledge): Plan {
  const { body, wantsJson } = request;
  switch (route.kind) {
    case 'list-clients':
      return listClients(knowledge);
    case 'show-client':
      return showClient(route.endpoint, wantsJson, knowledge);
    case 'read':
    case 'write':
    case 'execute':
    case 'discover':
    case 'observe':
    case 'unobserve':
      return planLeshanRequest({ ...route, kind: route.kind }, { query, body, wantsJson }, knowledge);
    case 'leshan-events':
      return leshanEvents(query, request.lastEventId, knowledge);
    case 'list-security':
      return listSecurity(knowledge);
    case 'show-security':
      return showSecurity(route.endpoint, knowledge);
    case 'add-security':
      return addSecurity(body, query, wantsJson, knowledge);
    case 'remove-security':
      return removeDevice(route.endpoint, false, true, knowledge);
    default:
      return respond(leshanError(notBuilt(route), wantsJson));
  }
}

const notBuiltNames: Readonly<Record<string, string>> = {
  attributes: 'Write-Attributes',
  create: 'Create',
  delete: 'Delete',
  composite: 'Composite operations',
};

function notBuilt(route: Route) {
  const name = notBuiltNames[route.kind] ?? 'This';
  return errorDetails('NOT_SUPPORTED', `${name} cannot be asked for yet: not built. Nothing was sent.`);
}

function planHoldfast({ route, query }: Parsed, request: ManagementRequest, knowledge: Knowledge): Plan {
  switch (route.kind) {
    case 'status':
      return showStatus(knowledge);
    case 'list-devices':
      return listDevices(knowledge);
    case 'show-device':
      return showDevice(route.endpoint, knowledge);
    case 'remove-device':
      return removeDevice(route.endpoint, query.get('keepCredentials') === 'true', false, knowledge);
    case 'reset-device':
      return resetDevice(route.endpoint, knowledge);
    case 'mute-device':
      return muteDevice(route.endpoint, request.body, knowledge);
    case 'unmute-device':
      return unmuteDevice(route.endpoint, knowledge);
    case 'operate':
      return operate(request.body, knowledge);
    case 'list-operations':
      return listOperations(query, knowledge);
    case 'show-operation':
      return showOperation(route.id, query, knowledge);
    case 'cancel-operation':
      return cancelOperation(route.id, knowledge);
    case 'retry-operation':
      return retryOperation(route.id, knowledge);
    case 'list-observations':
      return listObservations(query, knowledge);
    case 'events':
      return holdfastEvents(query, request.lastEventId, knowledge);
    case 'list-readers':
      return listReaders(knowledge);
    case 'set-reader':
      return setReader(route.name, request.body, query, knowledge);
    case 'remove-reader':
      return removeReader(route.name, knowledge);
    case 'configuration':
      return respond(jsonResponse(knowledge.information().configuration));
    case 'version':
      return showVersion(knowledge);
    case 'metrics':
      return showMetrics(knowledge);
    case 'flash':
      return showFlash(knowledge);
    case 'recovery':
      return showRecovery(knowledge);
    default:
      return respond(errorResponse(notBuilt(route)));
  }
}

function showClient(endpoint: string, wantsJson: boolean, knowledge: Knowledge): Plan {
  const device = findDevice(knowledge, endpoint);
  if (device !== undefined && isRegistered(device)) return respond(jsonResponse(clientBody(device)));
  const text = notRegisteredText(endpoint);
  return respond(wantsJson ? errorResponse(errorDetails('NOT_REGISTERED', `${text}.`)) : textResponse(400, text));
}

function showStatus(knowledge: Knowledge): Plan {
  const answer = knowledge.inspect({ kind: 'status' });
  if (answer.kind !== 'status') return respond(errorResponse(errorDetails('UNEXPECTED', 'There is no status.')));
  return respond(jsonResponse(statusBody(answer.status, knowledge)));
}

function showMetrics(knowledge: Knowledge): Plan {
  const answer = knowledge.inspect({ kind: 'status' });
  if (answer.kind !== 'status') return respond(errorResponse(errorDetails('UNEXPECTED', 'There are no metrics.')));
  const recovery = knowledge.inspect({ kind: 'recovery' });
  if (recovery.kind !== 'recovery') return respond(errorResponse(errorDetails('UNEXPECTED', 'There is no recovery.')));
  const body = metricsText(answer.status, recovery.recovery, knowledge.information());
  return respond({ status: 200, contentType: contentTypes.metrics, body });
}

function showFlash(knowledge: Knowledge): Plan {
  const answer = knowledge.inspect({ kind: 'writers', limit: limits.writersListedMax });
  if (answer.kind !== 'writers') return respond(errorResponse(errorDetails('UNEXPECTED', 'There is no account.')));
  return respond(jsonResponse(flashBody(answer.writers, knowledge.information().store.wear)));
}

function showRecovery(knowledge: Knowledge): Plan {
  const answer = knowledge.inspect({ kind: 'recovery' });
  if (answer.kind !== 'recovery') return respond(errorResponse(errorDetails('UNEXPECTED', 'There is no recovery.')));
  return respond(jsonResponse(recoveryBody(answer.recovery, knowledge.information())));
}

function showDevice(endpoint: string, knowledge: Knowledge): Plan {
  const device = findDevice(knowledge, endpoint);
  if (device !== undefined) return respond(jsonResponse(deviceDetailBody(device, knowledge)));
  return unknownDevicePlan(knowledge, endpoint, (error) => respond(errorResponse(error)));
}

function showVersion(knowledge: Knowledge): Plan {
  const { version, engine, node } = knowledge.information();
  return respond(jsonResponse({ gateway: version, engine, node, jsonSchema: jsonSchemaVersion }));
}
