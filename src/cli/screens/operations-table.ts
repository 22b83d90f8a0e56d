/** The rows of `holdfast operations`, and the line that counts them. */
import { formatAge } from '../../api/ages.ts';
import type { OperationBody } from '../../api/bodies/operation.ts';
import { type OperationState, operationStates } from '../../api/state-words.ts';
import { formatCount, plural } from '../figures.ts';
import { colorOperation, type Style } from '../style.ts';
import type { Column } from '../table.ts';

export function operationColumns(style: Style): readonly Column[] {
  return [
    { title: 'ID', align: 'right' },
    { title: 'STATE', paint: (cell) => colorOperation(cell as OperationState, style) },
    { title: 'VERB' },
    { title: 'ENDPOINT', cut: 'middle' },
    { title: 'PATH' },
    { title: 'AGE' },
    { title: 'EXPIRES' },
    { title: 'CODE' },
  ];
}

export function operationRow(operation: OperationBody): readonly string[] {
  const { operation: id, state, verb, endpoint, path, acceptedSecondsAgo, expiresInSeconds, code } = operation;
  return [
    String(id ?? '-'),
    state,
    verb,
    endpoint,
    path,
    acceptedSecondsAgo === null ? '-' : formatAge(acceptedSecondsAgo),
    expiresInSeconds === null ? '-' : formatAge(expiresInSeconds),
    code ?? '-',
  ];
}

/** `7 operations: 2 queued, 4 done, 1 in-doubt`. */
export function operationsSummary(operations: readonly OperationBody[]): string {
  const counted = operationStates.flatMap((state) => {
    const count = operations.filter((operation) => operation.state === state).length;
    return count === 0 ? [] : [`${formatCount(count)} ${state}`];
  });
  return `${plural(operations.length, 'operation')}: ${counted.join(', ')}`;
}
