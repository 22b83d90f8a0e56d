/** `holdfast config show`: what the running gateway uses, key by key; with `--effective` as a file it would take. */
import type { ConfigurationBody } from '../../api/bodies/configuration.ts';
import { effectiveToml } from '../../api/configuration/effective.ts';
import { type ExitCode, exitCodes } from '../../api/exit-codes.ts';
import { routes } from '../../api/routes.ts';
import type { Context } from '../context.ts';
import type { Column } from '../table.ts';

export interface ConfigShowFlags {
  readonly effective?: boolean;
}

const columns: readonly Column[] = [
  { title: 'KEY' },
  { title: 'VALUE', cut: 'end' },
  { title: 'UNIT' },
  { title: 'DEFAULT', cut: 'end' },
  { title: 'ORIGIN' },
];

export async function configShow(context: Context, flags: ConfigShowFlags): Promise<ExitCode> {
  const answer = await context.gateway.open({ method: 'GET', path: routes.configuration() });
  const text = await answer.text();
  const { keys } = JSON.parse(text) as ConfigurationBody;
  if (context.json) await context.print(text);
  else if (flags.effective === true) await context.io.out.write(effectiveToml(keys));
  else {
    const shown = (value: string | number | boolean | null) => (value === '' ? '""' : String(value ?? '-'));
    const rows = keys.map((key) => [key.key, shown(key.value), key.unit ?? '', shown(key.default), key.origin]);
    await context.printTable(columns, rows);
  }
  return exitCodes.done;
}
