/** `POST /api/holdfast/devices/EP/reset`: the device's connection is dropped, and a handshake begun where that may serve. */
import type { ResetBody } from '../api/bodies/device.ts';
import { errorDetails } from '../api/error-codes.ts';
import type { OperatorAnswer } from '../gateway/operator.ts';
import { findDevice, unknownDevicePlan } from './device-lookup.ts';
import { operatorError } from './operator-error.ts';
import type { Knowledge, Plan, Respond } from './plan.ts';
import { errorResponse, jsonResponse, respond } from './response.ts';

export function resetDevice(endpoint: string, knowledge: Knowledge): Plan {
  if (findDevice(knowledge, endpoint) === undefined) {
    return unknownDevicePlan(knowledge, endpoint, (error) => respond(errorResponse(error)));
  }
  const action = { kind: 'reset-device', endpoint } as const;
  const next = (answer: OperatorAnswer): Respond => {
    if (answer.kind === 'error') return respond(errorResponse(operatorError(answer, action, knowledge)));
    if (answer.kind !== 'reset')
      return respond(errorResponse(errorDetails('UNEXPECTED', 'the gateway answered something else.')));
    const handshake = answer.next === 'abbreviated' || answer.next === 'full' ? answer.next : null;
    return respond(jsonResponse({ endpoint, result: 'reset', dropped: answer.dropped, handshake } satisfies ResetBody));
  };
  return { kind: 'operate', action, next };
}
