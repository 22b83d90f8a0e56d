/**
 * Credentials in Leshan's form: add, list, show, remove. Keys come in and never go out; the bytes of a key live in the action
 * that adds it, whose receiver seals them.
 */
import { errorDetails } from '../api/error-codes.ts';
import { parseJson, stringifyJson } from '../api/json.ts';
import type { SecurityViewBody } from '../api/leshan/bodies.ts';
import { fromHex } from '../base/bytes.ts';
import { limits } from '../base/limits.ts';
import type { OperatorAction, OperatorAnswer } from '../gateway/operator.ts';
import type { CredentialView } from '../gateway/views.ts';
import { findDevice, unknownDevicePlan } from './device-lookup.ts';
import { operatorError } from './operator-error.ts';
import type { Knowledge, List, Plan, Respond } from './plan.ts';
import { errorResponse, jsonResponse, leshanError, respond, textResponse } from './response.ts';

type AddDevice = Extract<OperatorAction, { kind: 'add-device' }>;

export function listSecurity(knowledge: Knowledge): List {
  const chunk = (after: string | undefined) => {
    const limit = limits.listChunkDevices;
    const answer = knowledge.inspect({ kind: 'credentials', limit, ...(after === undefined ? {} : { after }) });
    if (answer.kind !== 'credentials') return { elements: [], after: undefined };
    const elements = answer.credentials.map((credential) => stringifyJson(viewBody(credential)));
    return { elements, after: answer.more ? answer.credentials.at(-1)?.endpoint : undefined };
  };
  return { kind: 'list', chunk };
}

export function showSecurity(endpoint: string, knowledge: Knowledge): Plan {
  const credential = findDevice(knowledge, endpoint)?.credential;
  return respond(credential === undefined ? jsonResponse(null, 404) : jsonResponse(viewBody(credential)));
}

function viewBody({ endpoint, identity, keyBytes }: CredentialView): SecurityViewBody {
  if (keyBytes === undefined) return { endpoint, tls: { mode: 'x509' } };
  return { endpoint, tls: { mode: 'psk', details: { identity } } };
}

export function addSecurity(body: string, query: URLSearchParams, wantsJson: boolean, knowledge: Knowledge): Plan {
  const action = parseSecurity(body, query.get('replace') === 'true');
  if ('code' in action) return respond(leshanError(errorDetails(action.code, action.message), wantsJson));
  const next = (answer: OperatorAnswer): Respond => {
    if (answer.kind === 'error') return respond(leshanError(operatorError(answer, action, knowledge), wantsJson));
    if (!wantsJson) return respond(textResponse(200, ''));
    return respond(
      jsonResponse({ endpoint: action.endpoint, result: answer.kind === 'replaced' ? 'replaced' : 'added' }),
    );
  };
  return { kind: 'operate', action, next };
}

/** Removing what Leshan calls the security information ends the device as a whole: credentials, registration, connection. */
export function removeDevice(endpoint: string, keepCredentials: boolean, leshan: boolean, knowledge: Knowledge): Plan {
  if (findDevice(knowledge, endpoint) === undefined) {
    if (leshan) return respond(textResponse(404, ''));
    return unknownDevicePlan(knowledge, endpoint, (error) => respond(errorResponse(error)));
  }
  const next = (answer: OperatorAnswer): Respond => {
    if (answer.kind === 'error') return respond(errorResponse(operatorError(answer, { endpoint }, knowledge)));
    return respond(leshan ? textResponse(204, '') : jsonResponse({ endpoint, result: 'removed' }));
  };
  return { kind: 'operate', action: { kind: 'remove-device', endpoint, keepCredentials }, next };
}

interface SecurityProblem {
  readonly code: 'BAD_REQUEST' | 'BAD_KEY' | 'NOT_SUPPORTED';
  readonly message: string;
}

function parseSecurity(body: string, replace: boolean): AddDevice | SecurityProblem {
  const parsed = members(parseBody(body));
  const endpoint = parsed?.['endpoint'];
  const tls = members(parsed?.['tls']);
  const details = members(tls?.['details']);
  if (parsed === undefined || tls === undefined || typeof endpoint !== 'string') return badRequest(shape);
  const wrongName = nameProblem(endpoint, 'endpoint', limits.endpointNameBytesMax);
  if (wrongName !== undefined) return badRequest(wrongName);
  // A certificate that comes along would have to be the only one: nothing is ignored silently.
  const isPinned = Object.keys(details ?? {}).length > 0;
  if (tls['mode'] === 'x509' && !isPinned)
    return { kind: 'add-device', endpoint, identity: endpoint, key: undefined, replace };
  if (tls['mode'] !== 'psk')
    return { code: 'NOT_SUPPORTED', message: 'Only modes "psk" and "x509" without details are built yet.' };
  if (details === undefined) return badRequest(shape);
  const { identity, key } = details;
  if (typeof identity !== 'string' || typeof key !== 'string') return badRequest(shape);
  const wrongIdentity = nameProblem(identity, 'identity', limits.pskIdentityBytesMax);
  if (wrongIdentity !== undefined) return badRequest(wrongIdentity);
  const bytes = parseKey(key);
  return typeof bytes === 'string'
    ? { code: 'BAD_KEY', message: bytes }
    : { kind: 'add-device', endpoint, identity, key: bytes, replace };
}

const shape =
  'The body is {"endpoint":NAME,"tls":{"mode":"psk","details":{"identity":ID,"key":HEX}}}, or {"endpoint":NAME,"tls":{"mode":"x509"}}.';

function badRequest(message: string): SecurityProblem {
  return { code: 'BAD_REQUEST', message };
}

function nameProblem(name: string, what: string, bytesMax: number): string | undefined {
  const length = new TextEncoder().encode(name).length;
  return length === 0 || length > bytesMax ? `The ${what} has ${length} bytes; it needs 1 to ${bytesMax}.` : undefined;
}

/** The key, or what is wrong with it: its length and kind only. */
function parseKey(hex: string): Uint8Array | string {
  if (!/^[0-9a-fA-F]*$/.test(hex)) return 'The key is not hex: it holds other characters.';
  const bytes = fromHex(hex);
  if (bytes === undefined) return `The key has ${hex.length} hex digits; two make a byte.`;
  const { pskBytesMin, pskBytesMax } = limits;
  if (bytes.length >= pskBytesMin && bytes.length <= pskBytesMax) return bytes;
  return `The key has ${bytes.length} bytes; it needs ${pskBytesMin} to ${pskBytesMax}.`;
}

function parseBody(body: string): unknown {
  try {
    return parseJson(body);
  } catch {
    return undefined;
  }
}

function members(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isMembers = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMembers ? (value as Readonly<Record<string, unknown>>) : undefined;
}
