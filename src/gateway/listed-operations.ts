/** Operations as they are listed: those that fit, by id, a chunk at a time. */
import type { OperationsQuery, OperationView } from './views.ts';

type Listed = Pick<OperationView, 'id' | 'endpoint' | 'state'>;

/** `all` is in the order of the ids. `more`: there are others behind these. */
export function listedOperations<One extends Listed>(
  all: readonly One[],
  query: OperationsQuery,
): { readonly operations: readonly One[]; readonly more: boolean } {
  const { from, limit } = query;
  const fitting = all.filter((operation) => fits(operation, query));
  const begin = 'last' in from ? Math.max(0, fitting.length - from.last) : firstAfter(fitting, from.after);
  return { operations: fitting.slice(begin, begin + limit), more: begin + limit < fitting.length };
}

function fits({ endpoint, state }: Listed, query: OperationsQuery): boolean {
  if (query.endpoint !== undefined && query.endpoint !== endpoint) return false;
  return query.states === undefined || query.states.includes(state);
}

function firstAfter(operations: readonly Listed[], id: number): number {
  const index = operations.findIndex((operation) => operation.id > id);
  return index < 0 ? operations.length : index;
}
