/** `holdfast help json`: the JSON schemas of everything that `--json` prints. */
import { type ExitCode, exitCodes } from '../../api/exit-codes.ts';
import { schemas } from '../../api/schemas/schemas.ts';
import type { Context } from '../context.ts';

export async function helpJson(context: Context): Promise<ExitCode> {
  await context.print(JSON.stringify(schemas, null, 2));
  return exitCodes.done;
}
