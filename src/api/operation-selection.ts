/**
 * Which operations are wanted, as the query of `GET /api/holdfast/operations`: `ep` names the device, `state` is a list of states,
 * `last` means the newest so many of what fits. They come by id, so the newest is the last.
 */
import { isOperationState, type OperationState, operationStates } from './state-words.ts';

export interface OperationSelection {
  readonly endpoint?: string;
  readonly states?: readonly OperationState[];
  readonly last?: number;
}

/** The query of a selection, with its question mark; empty when all are wanted. */
export function operationSelectionQuery({ endpoint, states, last }: OperationSelection): string {
  const query = new URLSearchParams();
  if (endpoint !== undefined) query.set('ep', endpoint);
  if (states !== undefined) query.set('state', states.join(','));
  if (last !== undefined) query.set('last', String(last));
  return query.size === 0 ? '' : `?${query.toString()}`;
}

/** The selection in a query, or a sentence about what is wrong with it. */
export function parseOperationSelection(query: URLSearchParams): OperationSelection | string {
  const endpoint = query.get('ep');
  const last = query.get('last');
  if (last !== null && !/^[0-9]{1,15}$/.test(last)) return `"${last}" is not a number of operations.`;
  const words = query.get('state')?.split(',');
  const wrong = words?.find((word) => !isOperationState(word));
  if (wrong !== undefined) return `"${wrong}" is not a state: ${operationStates.join(' ')}.`;
  return {
    ...(endpoint === null ? {} : { endpoint }),
    ...(words === undefined ? {} : { states: words.filter(isOperationState) }),
    ...(last === null ? {} : { last: Number(last) }),
  };
}
