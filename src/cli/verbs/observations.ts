/** `holdfast observations [EP]`: what is observed and what is only wished so far, from what the gateway knows. */
import type { ListedObservationBody } from '../../api/bodies/device.ts';
import { shellWord } from '../../api/error-texts.ts';
import { type ExitCode, exitCodes } from '../../api/exit-codes.ts';
import { routes } from '../../api/routes.ts';
import type { Context } from '../context.ts';
import { printList } from '../list-printer.ts';
import { observationColumns, observationRows, observationsSummary } from '../screens/observations-table.ts';

export async function observations(context: Context, endpoint: string | undefined): Promise<ExitCode> {
  await printList<ListedObservationBody>(context, {
    path: routes.observations(endpoint),
    columns: observationColumns,
    rows: observationRows,
    summary: observationsSummary,
    empty:
      endpoint === undefined
        ? 'Nothing is observed yet. Begin: holdfast observe NAME PATH'
        : `${endpoint} is not observed. Begin: holdfast observe ${shellWord(endpoint)} PATH`,
  });
  return exitCodes.done;
}
