/**
 * `POST /api/holdfast/operations`: what the command line asks of a device. One operation a path (one in all for a write or an
 * execute), each told line by line as it goes on.
 */
import type { OperationBody, Verb } from '../api/bodies/operation.ts';
import { type ErrorDetails, errorDetails } from '../api/error-codes.ts';
import { notAPath } from '../api/error-texts.ts';
import { parseJson, stringifyJson } from '../api/json.ts';
import { type OperationRequestBody, parseOperationRequest, waitDefaultMs } from '../api/operation-request.ts';
import type { DeviceOperation, OperatorAction, OperatorAnswer } from '../gateway/operator.ts';
import {
  type ContentFormatName,
  depthOf,
  type Entry,
  parsePath,
  type ResourcePath,
  typedExecuteArguments,
} from '../gateway/texts.ts';
import type { DeviceDetail, OperationView } from '../gateway/views.ts';
import { findDevice, isRegistered, notRegistered, unknownDevicePlan } from './device-lookup.ts';
import { type OperationExtras, operationBody, unanswered, waitingFor } from './operation-body.ts';
import { operatorError } from './operator-error.ts';
import type { Attempt, Attempted, Knowledge, Plan } from './plan.ts';
import { errorResponse, respond } from './response.ts';
import { linkBodies, valueBodies } from './value-body.ts';
import { writeOperation } from './written-values.ts';

export function operate(body: string, knowledge: Knowledge): Plan {
  const request = parseRequest(body);
  if (typeof request === 'string') return refuse(errorDetails('BAD_REQUEST', request));
  const device = findDevice(knowledge, request.endpoint);
  if (device === undefined) return unknownDevicePlan(knowledge, request.endpoint, refuse);
  const wishes = request.verb === 'observe' || request.verb === 'unobserve';
  if (!wishes && !isRegistered(device)) return refuse(notRegistered(device, request.verb, knowledge.wallNow()));
  const flow: Flow = { request, device, knowledge, observations: new Map() };
  const attempts = attemptsOf(flow);
  if (!Array.isArray(attempts)) return refuse(attempts as ErrorDetails);
  const waitMs = request.waitMs ?? (device.state === 'asleep' ? 0 : waitDefaultMs);
  return {
    kind: 'operations',
    attempts,
    waitMs,
    line: (operation) => operationLine(operation, flow),
    late: (operation) => lateLine(operation, waitMs, flow),
  };
}

interface Flow {
  readonly request: OperationRequestBody;
  /** As it was when the request came. */
  readonly device: DeviceDetail;
  readonly knowledge: Knowledge;
  /** What is known of the wish behind an operation. */
  readonly observations: Map<number, { readonly already: boolean }>;
}

function refuse(error: ErrorDetails): Plan {
  return respond(errorResponse(error));
}

function parseRequest(body: string): OperationRequestBody | string {
  try {
    return parseOperationRequest(parseJson(body));
  } catch {
    return 'The body is not JSON.';
  }
}

const formatNames: readonly string[] = ['text', 'cbor', 'senml-json', 'senml-cbor', 'tlv', 'opaque'];

/** What to try, in order; or why the request is wrong as a whole. */
function attemptsOf(flow: Flow): readonly Attempt[] | ErrorDetails {
  const { request } = flow;
  const { format, verb, paths } = request;
  if (format !== null && !formatNames.includes(format)) {
    return errorDetails('BAD_REQUEST', `"${format}" is not a format: ${formatNames.join(' ')}.`);
  }
  if (verb === 'write') return writeAttempts(flow);
  if (verb === 'unobserve' && paths.length === 0) return [unobserveAttempt(undefined, flow)];
  if (paths.length === 0) return errorDetails('BAD_PATH', `${verb} needs a path. Nothing was sent.`);
  if (verb === 'execute' && paths.length > 1)
    return errorDetails('BAD_PATH', 'execute takes one path. Nothing was sent.');
  const attempts = paths.map((text) => pathAttempt(text, flow));
  const [only] = attempts;
  return attempts.length === 1 && only !== undefined && 'code' in only ? only : attempts.map(attemptOrRefusal);
}

function attemptOrRefusal(attempt: Attempt | ErrorDetails): Attempt {
  return 'code' in attempt ? { kind: 'known', line: errorLine(attempt) } : attempt;
}

function writeAttempts(flow: Flow): readonly Attempt[] | ErrorDetails {
  const { request, device, knowledge } = flow;
  const write = writeOperation(request.values, { device, model: knowledge.model, wallNow: knowledge.wallNow() });
  if ('code' in write) return write;
  // A resource is replaced; an instance is updated unless it is to be replaced.
  const replace = request.replace || depthOf(write.path) >= 3;
  return [operateAttempt({ verb: 'write', ...write, replace, ...formatOf(request) }, flow)];
}

function pathAttempt(text: string, flow: Flow): Attempt | ErrorDetails {
  const { request } = flow;
  const path = parsePath(text);
  if (path === undefined) return notAPath(text);
  const depth = depthOf(path);
  switch (request.verb) {
    case 'discover':
      if (depth > 3) return errorDetails('BAD_PATH', `${path} is a resource instance: discover ends at resources.`);
      return depth === 0 ? registeredLinks(flow) : operateAttempt({ verb: 'discover', path }, flow);
    case 'execute':
      if (depth !== 3) return errorDetails('BAD_PATH', `${path} is no resource: execute needs one, like /3/0/4.`);
      return executeAttempt(path, flow);
    case 'observe':
      return depth === 0 ? needsObject(path, 'observe') : observeAttempt(path, flow);
    case 'unobserve':
      return unobserveAttempt(path, flow);
    default:
      return depth === 0
        ? needsObject(path, 'read')
        : operateAttempt({ verb: 'read', path, ...formatOf(request) }, flow);
  }
}

function needsObject(path: ResourcePath, verb: Verb): ErrorDetails {
  return errorDetails('BAD_PATH', `${path} is everything: ${verb} needs an object at least, like /3.`);
}

function formatOf({ format }: OperationRequestBody): { readonly format?: ContentFormatName } {
  return format === null ? {} : { format: format as ContentFormatName };
}

function operateAttempt(operation: DeviceOperation, flow: Flow): Attempt {
  const { endpoint, expiresMs } = flow.request;
  return attempt({ kind: 'operate', endpoint, operation, expiresMs }, operation.path, flow);
}

function executeAttempt(path: ResourcePath, flow: Flow): Attempt | ErrorDetails {
  const text = flow.request.arguments ?? '';
  const typed = typedExecuteArguments(text);
  if (typeof typed === 'string') return operateAttempt({ verb: 'execute', path, arguments: typed }, flow);
  return errorDetails('BAD_VALUE', `"${text}" is not a list of arguments. Nothing was sent.`, {
    lines: ['Digits with values, for example:  \'0="sensor",1\''],
  });
}

function observeAttempt(path: ResourcePath, flow: Flow): Attempt {
  const { endpoint, pminSeconds, pmaxSeconds } = flow.request;
  const pmin = pminSeconds === null ? {} : { pminSeconds };
  const pmax = pmaxSeconds === null ? {} : { pmaxSeconds };
  return attempt({ kind: 'observe', endpoint, path, ...pmin, ...pmax }, path, flow);
}

function unobserveAttempt(path: ResourcePath | undefined, flow: Flow): Attempt {
  const { endpoint } = flow.request;
  return attempt({ kind: 'unobserve', endpoint, ...(path === undefined ? {} : { path }) }, path, flow);
}

function attempt(action: OperatorAction, path: ResourcePath | undefined, flow: Flow): Attempt {
  return { kind: 'operate', action, answered: (answer) => answered(answer, path, flow) };
}

function answered(answer: OperatorAnswer, path: ResourcePath | undefined, flow: Flow): Attempted {
  switch (answer.kind) {
    case 'accepted':
      return { lines: [operationLine(answer.operation, flow)], operation: answer.operation };
    case 'wished':
      return wished(answer, flow);
    case 'withdrawn':
      return {
        lines: answer.paths.map((gone) => withoutOperation({ path: gone, state: 'done' }, flow)),
        operation: undefined,
      };
    case 'error': {
      const { endpoint, verb } = flow.request;
      const error = operatorError(answer, { endpoint, verb, ...(path === undefined ? {} : { path }) }, flow.knowledge);
      return { lines: [errorLine(error)], operation: undefined };
    }
    default:
      return {
        lines: [errorLine(errorDetails('UNEXPECTED', 'the gateway answered something else.'))],
        operation: undefined,
      };
  }
}

function wished(answer: Extract<OperatorAnswer, { kind: 'wished' }>, flow: Flow): Attempted {
  const { operation, path, already } = answer;
  const observation = { already };
  if (operation !== undefined) {
    flow.observations.set(operation.id, observation);
    return { lines: [operationLine(operation, flow)], operation };
  }
  const current = flow.device.observationList.find((candidate) => candidate.path === path);
  const state = current?.state === 'running' ? 'done' : 'queued';
  const entries = current?.entry === undefined ? [] : [current.entry];
  return { lines: [withoutOperation({ path, state, observation, entries }, flow)], operation: undefined };
}

function operationLine(operation: OperationView, flow: Flow): string {
  return line(operationBodyOf(operation, flow));
}

function operationBodyOf(operation: OperationView, { request, knowledge, observations }: Flow): OperationBody {
  const observation = observations.get(operation.id);
  const extras: OperationExtras = { raw: request.raw, ...(observation === undefined ? {} : { observation }) };
  return operationBody(operation, knowledge, extras);
}

/** Nobody is told that no answer came who did not wait for one, or whose device sleeps. */
function lateLine(operation: OperationView, waitedMs: number, flow: Flow): string | undefined {
  if (operation.state !== 'sent' || waitedMs === 0) return undefined;
  const error = unanswered(operation, findDevice(flow.knowledge, operation.endpoint), waitedMs);
  return line({ ...operationBodyOf(operation, flow), error });
}

/** `/` needs no request: the links of the registration. */
function registeredLinks(flow: Flow): Attempt {
  const links = linkBodies(flow.device.objectLinks, flow.knowledge.model);
  return { kind: 'known', line: withoutOperation({ path: '/', state: 'done', links }, flow) };
}

type Known = Pick<OperationBody, 'path' | 'state'> &
  Partial<Pick<OperationBody, 'links' | 'observation'>> & { readonly entries?: readonly Entry[] };

/** The body of what needed no operation. */
function withoutOperation({ entries = [], ...known }: Known, { request, knowledge }: Flow): string {
  const body: OperationBody = {
    operation: null,
    verb: request.verb,
    endpoint: request.endpoint,
    code: null,
    values: valueBodies(entries, knowledge.model),
    links: null,
    account: null,
    acceptedAt: null,
    acceptedSecondsAgo: null,
    expiresAt: null,
    expiresInSeconds: null,
    roundTripMs: null,
    sends: 0,
    device: waitingFor(findDevice(knowledge, request.endpoint)),
    observation: null,
    format: null,
    payload: null,
    error: null,
    ...known,
  };
  return line(body);
}

function errorLine(error: ErrorDetails): string {
  return line({ error });
}

function line(body: unknown): string {
  return `${stringifyJson(body)}\n`;
}
