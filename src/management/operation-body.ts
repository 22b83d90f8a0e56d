/** What became of a request to a device, in our own form: the object of every verb that reaches one. */
import type { OperationBody } from '../api/bodies/operation.ts';
import { codeWithWords } from '../api/code-words.ts';
import { type ErrorDetails, errorDetails } from '../api/error-codes.ts';
import {
  cancelled,
  deviceRefused,
  expired,
  inDoubt,
  neverAnswered,
  noAnswer,
  shellWord,
  timesSaid,
} from '../api/error-texts.ts';
import { together, wrapIndented } from '../api/wrap.ts';
import { toHex } from '../base/bytes.ts';
import { limits } from '../base/limits.ts';
import { depthOf } from '../gateway/texts.ts';
import type { DeviceView, OperationView } from '../gateway/views.ts';
import { findDevice } from './device-lookup.ts';
import type { Knowledge } from './plan.ts';
import { linkBodies, valueBodies } from './value-body.ts';
import { wallText } from './wall-text.ts';

/** `raw` puts the answer's payload in; `observation` is what is known of the wish, for observe. */
export interface OperationExtras {
  readonly raw?: boolean;
  readonly observation?: { readonly already: boolean };
}

export function operationBody(
  operation: OperationView,
  knowledge: Knowledge,
  { raw = false, observation }: OperationExtras = {},
): OperationBody {
  const device = findDevice(knowledge, operation.endpoint);
  const { payload, expiresInMs } = operation;
  return {
    operation: operation.id,
    verb: operation.verb,
    endpoint: operation.endpoint,
    path: operation.path,
    state: operation.state,
    code: operation.code ?? null,
    values: operation.verb === 'write' ? [] : valueBodies(operation.entries, knowledge.model),
    links: operation.verb === 'discover' ? linkBodies(operation.links, knowledge.model) : null,
    account: operation.account,
    acceptedAt: wallText(operation.acceptedAtWall),
    acceptedSecondsAgo: operation.acceptedSecondsAgo,
    expiresAt: wallText(operation.expiresAtWall),
    expiresInSeconds: expiresInMs === undefined ? null : Math.ceil(expiresInMs / 1_000),
    roundTripMs: operation.roundTripMs ?? null,
    sends: operation.sends,
    device: waitingFor(device),
    observation: observation ?? null,
    format: operation.format ?? null,
    payload: raw && payload !== undefined ? toHex(payload) : null,
    error: operationError(operation, device, knowledge),
  };
}

/** What to say of the device while the operation waits. */
export function waitingFor(device: DeviceView | undefined): OperationBody['device'] {
  if (device === undefined) return null;
  return {
    state: device.state,
    heardSecondsAgo: device.heardSecondsAgo ?? null,
    nextUpdateInSeconds: device.expiresInSeconds ?? null,
    connected: device.connection !== 'none' || device.security === 'none',
  };
}

/** The sentence about an operation that ended without success; null for one that goes on or is done. */
export function operationError(
  operation: OperationView,
  device: DeviceView | undefined,
  knowledge: Knowledge,
): ErrorDetails | null {
  const { id, endpoint, path, verb } = operation;
  switch (operation.state) {
    case 'failed':
      return operation.code === undefined || (operation.failure ?? 'refused') !== 'refused'
        ? failure(operation, device)
        : refusal(operation, operation.code, knowledge);
    case 'in-doubt':
      return inDoubt(endpoint, verb === 'write' ? 'write' : 'execute', path, id, whyInDoubt(operation));
    case 'expired':
      return expired(endpoint, id);
    case 'cancelled':
      return cancelled(id, operation);
    default:
      return null;
  }
}

/** Undefined: the gateway has restarted, which is what is said where nothing else is. */
function whyInDoubt({ failure, sends }: OperationView): string | undefined {
  switch (failure) {
    case 'no-answer':
      return `It was sent ${timesSaid(sends)}, and no answer came.`;
    case 'new-connection':
      return 'It came back over another connection before it answered.';
    case 'new-registration':
      return 'It registered anew before it answered.';
    case 'asleep':
      return 'It fell asleep before it answered, and did not wake within 45 s.';
    default:
      return undefined;
  }
}

function refusal(operation: OperationView, code: string, knowledge: Knowledge): ErrorDetails {
  return deviceRefused({
    endpoint: operation.endpoint,
    path: operation.path,
    code: codeWithWords(code),
    unchanged: isUnchanged(operation, code),
    why: code === '4.05' ? definitionSays(operation, knowledge) : null,
    operation: operation.id,
  });
}

/**
 * Whether it is known that nothing was changed: the device did not take the request (4.xx, 5.01). After another 5.xx it may have
 * begun; and of a write to several resources some may have been taken.
 */
function isUnchanged({ verb, path }: OperationView, code: string): boolean {
  const isNotTaken = code.startsWith('4.') || code === '5.01';
  return isNotTaken && (verb === 'execute' || (verb === 'write' && depthOf(path) >= 3));
}

/** It answered like any Read, without taking us as an observer. */
function notObservable({ id, endpoint, path }: OperationView): ErrorDetails {
  const message = `${endpoint} does not observe ${path}: it answered with the value and no more.`;
  return errorDetails('DEVICE_REFUSED', message, { lines: ['Read it instead, when it is needed.'], operation: id });
}

/** What the object's definition says about an operation that the device does not allow. */
function definitionSays({ verb, path }: OperationView, knowledge: Knowledge): string | null {
  const definition = knowledge.model.resource(path);
  if (definition === undefined) return null;
  const { operations } = definition;
  if (verb === 'write' && operations === 'R') return 'Its definition says read-only.';
  if (verb === 'read' && operations === 'W') return 'Its definition says write-only.';
  if (verb === 'execute' && operations !== 'E') return 'Its definition says that it is not executable.';
  if (verb !== 'execute' && operations === 'E') return 'Its definition says executable only.';
  return null;
}

/** No answer so far. A wish stays all the same, so whoever asked for it is told how to end it. */
export function unanswered(operation: OperationView, device: DeviceView | undefined, waitedMs: number): ErrorDetails {
  const facts = unansweredFacts(operation, device, waitedMs);
  return withWish(operation, noAnswer({ ...facts, lateMs: limits.maxTransmitWaitMs }));
}

function timedOut(operation: OperationView, device: DeviceView | undefined): ErrorDetails {
  const facts = unansweredFacts(operation, device, limits.maxTransmitWaitMs);
  return withWish(operation, neverAnswered({ ...facts, verb: operation.verb, path: operation.path }));
}

function unansweredFacts({ id, endpoint, sends }: OperationView, device: DeviceView | undefined, waitedMs: number) {
  return { endpoint, waitedMs, operation: id, sends, heardSecondsAgo: device?.heardSecondsAgo ?? null };
}

function withWish({ endpoint, path, verb }: OperationView, error: ErrorDetails): ErrorDetails {
  if (verb !== 'observe') return error;
  const undo = together(`holdfast unobserve ${shellWord(endpoint)} ${path}`);
  const kept = wrapIndented(`It stays wished, and is asked for again when the device speaks. To stop:  ${undo}`);
  return { ...error, lines: [...error.lines, ...kept] };
}

/** It answered, and the answer cannot be understood. */
function unreadable({ id, endpoint, path, verb }: OperationView): ErrorDetails {
  const lines = verb === 'read' ? ['See it as it came:  --raw -'] : [];
  const message = `${endpoint} answered for ${path} with what cannot be decoded.`;
  return errorDetails('DEVICE_REFUSED', message, { lines, operation: id });
}

/** Failed, but not by a refusal. */
function failure(operation: OperationView, device: DeviceView | undefined): ErrorDetails {
  const { id, endpoint, path } = operation;
  switch (operation.failure) {
    case undefined:
    case 'timeout':
      return timedOut(operation, device);
    case 'reset':
      return errorDetails('DEVICE_REFUSED', `${endpoint} rejected the request for ${path} with a reset.`, {
        operation: id,
      });
    case 'not-observable':
      return notObservable(operation);
    case 'queue-full':
      return errorDetails('QUEUE_FULL', `too much is under way to ${endpoint} already. Nothing was sent.`, {
        operation: id,
      });
    case 'registration-ended':
      return errorDetails('NO_ANSWER', `the registration of ${endpoint} ended before it answered.`, { operation: id });
    default:
      if (operation.code !== undefined) return unreadable(operation);
      return errorDetails('NO_ANSWER', `the request for ${path} to ${endpoint} failed: ${operation.failure}.`, {
        operation: id,
      });
  }
}
