/** `holdfast config check [FILE]`: a configuration file against the schema. Needs no running gateway. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readConfiguration } from '../../api/configuration/read-configuration.ts';
import { errorDetails } from '../../api/error-codes.ts';
import { type ExitCode, exitCodes } from '../../api/exit-codes.ts';
import { wrongCall } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { errorText } from '../error-text.ts';
import { plural } from '../figures.ts';
import { fileTrouble } from '../read-input.ts';

const packageFile = '/etc/holdfast/holdfast.toml';

export async function configCheck(context: Context, said: string | undefined): Promise<ExitCode> {
  const { cloneRoot } = context.io;
  const file = said ?? (cloneRoot === undefined ? packageFile : undefined);
  const stateDirectory = cloneRoot === undefined ? '/var/lib/holdfast' : join(cloneRoot, 'var');
  const { keys, configuration, problems } = readConfiguration(await textOf(file, said === undefined), stateDirectory);
  const listeners = configuration.listeners.filter((listener) => listener.enabled).length;
  const keysByDefault = keys.filter((key) => key.origin === 'default').length;
  if (context.json) {
    const lines = problems.map(({ line, text }) => ({ line: line ?? null, text }));
    await context.print(JSON.stringify({ file: file ?? null, problems: lines, listeners, keysByDefault }));
  } else if (problems.length === 0) {
    await context.print(`ok, ${plural(listeners, 'listener')}, ${plural(keysByDefault, 'key')} by default`);
  } else {
    for (const { line, text } of problems) {
      const message = line === undefined ? text : `line ${line}: ${text}`;
      await context.io.err.write(errorText(errorDetails('CONFIGURATION', message), context.errStyle));
    }
    await context.say(`${plural(problems.length, 'problem')}. The running gateway still uses what it started with.`);
  }
  return problems.length === 0 ? exitCodes.done : exitCodes.configuration;
}

/** Without a file, as a clone's gateway runs by default, everything is at its default. */
async function textOf(file: string | undefined, mayBeAbsent: boolean): Promise<string> {
  if (file === undefined) return '';
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code = 'unknown' } = error as { readonly code?: string };
    if (mayBeAbsent && code === 'ENOENT') return '';
    throw wrongCall(`${file} cannot be read (${fileTrouble(code)}).`);
  }
}
