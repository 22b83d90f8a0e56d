/** The gateway's refusal of an operator's request, in the words of the interface. */
import type { Verb } from '../api/bodies/operation.ts';
import { type ErrorDetails, errorDetails } from '../api/error-codes.ts';
import { existsAlready, muted, notObserved, queueFull, storeUnavailable, unknownDevice } from '../api/error-texts.ts';
import type { OperatorAnswer } from '../gateway/operator.ts';
import { findDevice, notRegistered } from './device-lookup.ts';
import type { Knowledge } from './plan.ts';

export interface RefusedRequest {
  readonly endpoint: string;
  /** For `add-device`. */
  readonly identity?: string;
  readonly verb?: Verb;
  readonly path?: string;
}

export type OperatorRefusal = Extract<OperatorAnswer, { kind: 'error' }>;

export function operatorError(refusal: OperatorRefusal, request: RefusedRequest, knowledge: Knowledge): ErrorDetails {
  const plain = plainOperatorError(refusal, knowledge);
  const device = findDevice(knowledge, request.endpoint);
  switch (refusal.code) {
    case 'UNKNOWN_DEVICE':
      return unknownDevice(request.endpoint, []);
    case 'NOT_REGISTERED':
      return device === undefined ? plain : notRegistered(device, request.verb ?? 'read', knowledge.wallNow());
    case 'MUTED':
      return muted(request.endpoint);
    case 'EXISTS_ALREADY':
      return device?.credential === undefined
        ? existsAlready('identity', request.identity ?? '')
        : existsAlready('device', request.endpoint);
    case 'NOT_OBSERVED':
      return notObserved(request.endpoint, request.path ?? 'nothing');
    case 'QUEUE_FULL':
      return device === undefined ? plain : queueFull(request.endpoint, device.queued);
    default:
      return plain;
  }
}

/** Of a request that is about no device. */
export function plainOperatorError(refusal: OperatorRefusal, knowledge: Knowledge): ErrorDetails {
  const storeSays = refusal.code === 'STORE_UNAVAILABLE' ? storeError(knowledge) : undefined;
  return storeSays ?? errorDetails(refusal.code, refusal.message);
}

function storeError(knowledge: Knowledge): ErrorDetails | undefined {
  const answer = knowledge.inspect({ kind: 'status' });
  if (answer.kind !== 'status' || answer.status.store === 'ok') return undefined;
  return storeUnavailable(answer.status.store);
}
