/**
 * Requests to devices in Leshan's form: read, write, execute, discover, observe. A device that is awake is waited for, `timeout`
 * seconds (10 by default), and its answer is the body, refusals too; then HTTP 504. For a device that sleeps the caller gets
 * `delayed` at once, and the answer as a REQUEST_RESPONSE event.
 */
import type { Verb } from '../api/bodies/operation.ts';
import { errorDetails } from '../api/error-codes.ts';
import { notAPath } from '../api/error-texts.ts';
import { parseJson } from '../api/json.ts';
import { notRegisteredText } from '../api/leshan/bodies.ts';
import { expiresDefaultMs, waitDefaultMs } from '../api/operation-request.ts';
import type { DeviceOperation, OperatorAction, OperatorAnswer } from '../gateway/operator.ts';
import { type ContentFormatName, pathOf, type ResourcePath, typedExecuteArguments } from '../gateway/texts.ts';
import type { DeviceDetail, OperationView } from '../gateway/views.ts';
import { findDevice, isRegistered } from './device-lookup.ts';
import { delayedBody, leshanResponse } from './leshan-body.ts';
import { parseLeshanNode } from './leshan-node-parser.ts';
import { operationError } from './operation-body.ts';
import { operatorError } from './operator-error.ts';
import type { Knowledge, ManagementResponse, Plan, Respond, Wait } from './plan.ts';
import { jsonResponse, leshanError, respond, textResponse } from './response.ts';

/** Whom is asked for what. */
export interface RequestRoute {
  readonly kind: Verb;
  readonly endpoint: string;
  readonly path: readonly number[];
}

/** What belongs to a request beside its route. */
export interface RequestCircumstances {
  readonly query: URLSearchParams;
  readonly body: string;
  readonly wantsJson: boolean;
}

const formats: Readonly<Record<string, ContentFormatName>> = {
  TEXT: 'text',
  OPAQUE: 'opaque',
  TLV: 'tlv',
  JSON: 'lwm2m-json',
  CBOR: 'cbor',
  SENML_JSON: 'senml-json',
  SENML_CBOR: 'senml-cbor',
};

export function planLeshanRequest(
  route: RequestRoute,
  circumstances: RequestCircumstances,
  knowledge: Knowledge,
): Plan {
  const device = findDevice(knowledge, route.endpoint);
  if (device === undefined || !isRegistered(device)) return respond(notRegisteredResponse(route, circumstances));
  const waitMs = timeoutMs(circumstances.query);
  if (waitMs === undefined) return invalid('"timeout" is a number of seconds', circumstances);
  const action = actionOf(route, circumstances, knowledge);
  if (typeof action === 'string') return invalid(action, circumstances);
  const flow: Flow = { route, device, waitMs, circumstances, knowledge };
  return { kind: 'operate', action, next: (answer) => afterAnswer(answer, flow) };
}

/** Operations count from 1. */
const noOperation = 0;

interface Flow {
  readonly route: RequestRoute;
  /** As it was when the request came. */
  readonly device: DeviceDetail;
  readonly waitMs: number;
  readonly circumstances: RequestCircumstances;
  readonly knowledge: Knowledge;
}

function notRegisteredResponse({ endpoint }: RequestRoute, { wantsJson }: RequestCircumstances): ManagementResponse {
  if (!wantsJson) return textResponse(400, notRegisteredText(endpoint));
  return leshanError(errorDetails('NOT_REGISTERED', `${notRegisteredText(endpoint)}.`), true);
}

function invalid(reason: string, { wantsJson }: RequestCircumstances): Plan {
  return respond(leshanError(errorDetails('BAD_REQUEST', `Invalid request: ${reason}`), wantsJson));
}

function timeoutMs(query: URLSearchParams): number | undefined {
  const text = query.get('timeout');
  if (text === null) return waitDefaultMs;
  return /^[0-9]{1,6}$/.test(text) ? Number(text) * 1_000 : undefined;
}

/** What the gateway is to do, or what is wrong with the request. */
function actionOf(
  route: RequestRoute,
  { query, body }: RequestCircumstances,
  knowledge: Knowledge,
): OperatorAction | string {
  const { endpoint } = route;
  const path = pathOf(...route.path);
  const needed = leastDepth[route.kind];
  if (route.path.length < needed) return notAPath(path).message;
  if (route.kind === 'observe') return { kind: 'observe', endpoint, path };
  if (route.kind === 'unobserve') return { kind: 'unobserve', endpoint, path };
  const format = formatOf(query);
  if (format === 'unknown') return `"${query.get('format')}" is no content format: ${Object.keys(formats).join(' ')}`;
  const operation = operationOf(route.kind, path, format, { query, body }, knowledge);
  return typeof operation === 'string'
    ? operation
    : { kind: 'operate', endpoint, operation, expiresMs: expiresDefaultMs };
}

const leastDepth: Readonly<Record<RequestRoute['kind'], number>> = {
  read: 1,
  write: 2,
  execute: 3,
  discover: 1,
  observe: 1,
  unobserve: 1,
};

function formatOf(query: URLSearchParams): ContentFormatName | 'unknown' | undefined {
  const name = query.get('format');
  return name === null ? undefined : (formats[name.toUpperCase()] ?? 'unknown');
}

function operationOf(
  verb: Exclude<Verb, 'observe' | 'unobserve'>,
  path: ResourcePath,
  format: ContentFormatName | undefined,
  { query, body }: Pick<RequestCircumstances, 'query' | 'body'>,
  knowledge: Knowledge,
): DeviceOperation | string {
  const inFormat = format === undefined ? {} : { format };
  switch (verb) {
    case 'read':
      return { verb, path, ...inFormat };
    case 'execute': {
      const typed = typedExecuteArguments(body);
      return typeof typed === 'string' ? { verb, path, arguments: typed } : typed.reason;
    }
    case 'discover':
      return { verb, path };
    case 'write': {
      const node = parseBody(body);
      const entries = node === undefined ? 'the body is not JSON' : parseLeshanNode(path, node, knowledge.model);
      // Leshan's default is to replace.
      const replace = query.get('replace') !== 'false';
      return typeof entries === 'string' ? entries : { verb, path, entries, replace, ...inFormat };
    }
  }
}

function parseBody(body: string): unknown {
  try {
    return parseJson(body);
  } catch {
    return undefined;
  }
}

function afterAnswer(answer: OperatorAnswer, flow: Flow): Respond | Wait {
  const { route, circumstances, knowledge } = flow;
  switch (answer.kind) {
    case 'accepted':
      return awaiting(answer.operation, flow);
    case 'wished':
      return answer.operation === undefined
        ? respond(wishResponse(answer.path, flow))
        : awaiting(answer.operation, flow);
    case 'withdrawn':
      return respond(textResponse(200, ''));
    case 'error': {
      const request = { endpoint: route.endpoint, verb: route.kind, path: pathOf(...route.path) };
      if (answer.code === 'UNKNOWN_DEVICE' || answer.code === 'NOT_REGISTERED') {
        return respond(notRegisteredResponse(route, circumstances));
      }
      return respond(leshanError(operatorError(answer, request, knowledge), circumstances.wantsJson));
    }
    default:
      return respond(textResponse(500, 'The gateway answered something else.'));
  }
}

/**
 * A wish that made no request: the relation runs already, and its newest value is the answer, as a first notification would be;
 * or the device is not there to be asked, and the notifications are the late answer.
 */
function wishResponse(path: ResourcePath, { device, knowledge }: Flow): ManagementResponse {
  const observation = device.observationList.find((candidate) => candidate.path === path);
  if (observation?.state !== 'running') {
    return jsonResponse(delayedBody({ endpoint: device.endpoint, path, id: noOperation }));
  }
  const entries = observation.entry === undefined ? [] : [observation.entry];
  return jsonResponse(leshanResponse({ code: '2.05', verb: 'observe', path, entries, links: [] }, knowledge.model));
}

function awaiting(operation: OperationView, flow: Flow): Wait {
  const { device, circumstances, knowledge } = flow;
  const late = (latest: OperationView): ManagementResponse =>
    device.queueMode && latest.state === 'queued'
      ? jsonResponse(delayedBody(latest))
      : leshanError(errorDetails('NO_ANSWER', 'Request timeout', { operation: latest.id }), circumstances.wantsJson);
  const final = (latest: OperationView): ManagementResponse => {
    const body = leshanResponse(latest, knowledge.model);
    if (body !== undefined) return jsonResponse(body);
    const error = operationError(latest, device, knowledge);
    return leshanError(error ?? errorDetails('UNEXPECTED', 'No answer, and no reason.'), circumstances.wantsJson);
  };
  const waitMs = device.state === 'asleep' ? 0 : flow.waitMs;
  return { kind: 'wait', operation, waitMs, final, late };
}
