/** Muting and unmuting a device: the same state that the crash-loop breaker puts one into. */
import { errorDetails } from '../api/error-codes.ts';
import { parseJson } from '../api/json.ts';
import type { OperatorAction, OperatorAnswer } from '../gateway/operator.ts';
import { findDevice, unknownDevicePlan } from './device-lookup.ts';
import { operatorError } from './operator-error.ts';
import type { Knowledge, Plan, Respond } from './plan.ts';
import { errorResponse, jsonResponse, respond } from './response.ts';

export function muteDevice(endpoint: string, body: string, knowledge: Knowledge): Plan {
  const wanted = wantedIn(body);
  if (wanted === undefined) return respond(errorResponse(errorDetails('BAD_REQUEST', shape)));
  return change({ kind: 'mute-device', endpoint, ...wanted }, knowledge);
}

export function unmuteDevice(endpoint: string, knowledge: Knowledge): Plan {
  return change({ kind: 'unmute-device', endpoint }, knowledge);
}

const shape = 'The body is {"forMs":N}: a whole number of milliseconds above 0; {} mutes until somebody unmutes.';

function wantedIn(body: string): { readonly forMs?: number } | undefined {
  try {
    const parsed = parseJson(body);
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
    const { forMs } = parsed as { readonly forMs?: unknown };
    if (forMs === undefined || forMs === null) return {};
    return Number.isSafeInteger(forMs) && (forMs as number) > 0 ? { forMs: forMs as number } : undefined;
  } catch {
    return undefined;
  }
}

function change(
  action: Extract<OperatorAction, { kind: 'mute-device' | 'unmute-device' }>,
  knowledge: Knowledge,
): Plan {
  const { endpoint } = action;
  if (findDevice(knowledge, endpoint) === undefined) {
    return unknownDevicePlan(knowledge, endpoint, (error) => respond(errorResponse(error)));
  }
  const next = (answer: OperatorAnswer): Respond => {
    if (answer.kind === 'error') return respond(errorResponse(operatorError(answer, action, knowledge)));
    return respond(jsonResponse({ endpoint, result: answer.kind }));
  };
  return { kind: 'operate', action, next };
}
