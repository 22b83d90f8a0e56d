/** Operations that were accepted, whatever became of them: listed, shown, withdrawn, sent anew. `operate.ts` asks for new ones. */
import { type ErrorDetails, errorDetails } from '../api/error-codes.ts';
import { nothingToCancel, notInDoubt, unknownOperation } from '../api/error-texts.ts';
import { stringifyJson } from '../api/json.ts';
import { type OperationSelection, parseOperationSelection } from '../api/operation-selection.ts';
import { limits } from '../base/limits.ts';
import type { OperatorAction, OperatorAnswer } from '../gateway/operator.ts';
import type { OperationsQuery, OperationView } from '../gateway/views.ts';
import { findDevice, unknownDevicePlan } from './device-lookup.ts';
import { operationBody } from './operation-body.ts';
import { type OperatorRefusal, operatorError, plainOperatorError } from './operator-error.ts';
import type { Knowledge, List, Plan, Respond } from './plan.ts';
import { errorResponse, jsonResponse, respond } from './response.ts';

export function listOperations(query: URLSearchParams, knowledge: Knowledge): Plan {
  const selection = parseOperationSelection(query);
  if (typeof selection === 'string') return respond(errorResponse(errorDetails('BAD_REQUEST', selection)));
  const { endpoint } = selection;
  if (endpoint !== undefined && !isKnown(endpoint, knowledge)) {
    return unknownDevicePlan(knowledge, endpoint, (error) => respond(errorResponse(error)));
  }
  return operationList(selection, knowledge);
}

/** A device that was removed may still have operations. */
function isKnown(endpoint: string, knowledge: Knowledge): boolean {
  if (findDevice(knowledge, endpoint) !== undefined) return true;
  return operationsOf({ endpoint, from: { last: 1 } }, knowledge).operations.length > 0;
}

function operationList({ last, ...filters }: OperationSelection, knowledge: Knowledge): List {
  const chunk = (cursor: string | undefined) => {
    const first = last === undefined ? { after: 0 } : { last };
    const from = cursor === undefined ? first : { after: Number(cursor) };
    const { operations, more } = operationsOf({ ...filters, from }, knowledge);
    const elements = operations.map((operation) => stringifyJson(operationBody(operation, knowledge)));
    return { elements, after: more ? operations.at(-1)?.id.toString() : undefined };
  };
  return { kind: 'list', chunk };
}

function operationsOf(
  query: Omit<OperationsQuery, 'kind' | 'limit'>,
  knowledge: Knowledge,
): { readonly operations: readonly OperationView[]; readonly more: boolean } {
  const answer = knowledge.inspect({ kind: 'operations', ...query, limit: limits.listChunkOperations });
  return answer.kind === 'operations' ? answer : { operations: [], more: false };
}

export function showOperation(id: number, query: URLSearchParams, knowledge: Knowledge): Plan {
  const operation = findOperation(id, knowledge);
  if (operation === undefined) return respond(errorResponse(unknownOperation(id)));
  return respond(jsonResponse(operationBody(operation, knowledge, { raw: query.get('raw') === 'true' })));
}

function findOperation(id: number, knowledge: Knowledge): OperationView | undefined {
  const answer = knowledge.inspect({ kind: 'operation', id });
  return answer.kind === 'operation' ? answer.operation : undefined;
}

export function cancelOperation(id: number, knowledge: Knowledge): Plan {
  return change({ kind: 'cancel-operation', id }, knowledge);
}

export function retryOperation(id: number, knowledge: Knowledge): Plan {
  return change({ kind: 'retry-operation', id }, knowledge);
}

type Change = Extract<OperatorAction, { kind: 'cancel-operation' | 'retry-operation' }>;

function change(action: Change, knowledge: Knowledge): Plan {
  const next = (answer: OperatorAnswer): Respond => {
    switch (answer.kind) {
      case 'error':
        return respond(errorResponse(refused(answer, action, knowledge)));
      case 'accepted':
      case 'cancelled':
        return respond(jsonResponse(operationBody(answer.operation, knowledge)));
      default:
        return respond(errorResponse(errorDetails('UNEXPECTED', 'the gateway answered something else.')));
    }
  };
  return { kind: 'operate', action, next };
}

function refused(refusal: OperatorRefusal, { kind, id }: Change, knowledge: Knowledge): ErrorDetails {
  const operation = findOperation(id, knowledge);
  if (operation === undefined) {
    return refusal.code === 'UNKNOWN_OPERATION' ? unknownOperation(id) : plainOperatorError(refusal, knowledge);
  }
  if (refusal.code === 'WRONG_STATE') {
    return kind === 'cancel-operation' ? nothingToCancel(id, operation.state) : notInDoubt(id, operation.state);
  }
  return operatorError(refusal, operation, knowledge);
}
