/** `holdfast operations`: one line an operation, the newest last. Sends nothing to any device. */
import type { OperationBody } from '../../api/bodies/operation.ts';
import { type ExitCode, exitCodes } from '../../api/exit-codes.ts';
import type { OperationSelection } from '../../api/operation-selection.ts';
import { routes } from '../../api/routes.ts';
import { operationStates } from '../../api/state-words.ts';
import { count, words } from '../arguments.ts';
import type { Context } from '../context.ts';
import { printList } from '../list-printer.ts';
import { operationColumns, operationRow, operationsSummary } from '../screens/operations-table.ts';

export interface OperationsListFlags {
  readonly state?: string;
  readonly device?: string;
  readonly limit?: string;
}

export async function operationsList(context: Context, flags: OperationsListFlags): Promise<ExitCode> {
  const selection: OperationSelection = {
    ...(flags.state === undefined ? {} : { states: words('--state', flags.state, operationStates) }),
    ...(flags.device === undefined ? {} : { endpoint: flags.device }),
    ...(flags.limit === undefined ? {} : { last: count('--limit', flags.limit) }),
  };
  const isNarrowed = Object.keys(selection).length > 0;
  await printList<OperationBody>(context, {
    path: routes.listedOperations(selection),
    columns: operationColumns(context.style),
    rows: (operation) => [operationRow(operation)],
    summary: operationsSummary,
    empty: isNarrowed ? 'No operation fits.' : 'No operations: nothing was asked of a device, or it is long over.',
  });
  return exitCodes.done;
}
