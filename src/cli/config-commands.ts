/** `holdfast config ...`, and its alias `check-config`. */
import { type Command, optional } from './command.ts';

const check: Command = {
  name: 'config check',
  arguments: '[file]',
  summary: 'a configuration file against the schema',
  examples: ['holdfast config check', 'holdfast config check /etc/holdfast/holdfast.toml'],
  options: [],
  needsAdmin: false,
  run: async (context, given) => (await import('./verbs/config-check.ts')).configCheck(context, optional(given, 0)),
};

const show: Command = {
  name: 'config show',
  arguments: '',
  summary: 'every key, unit, default, origin, as the gateway uses them',
  examples: ['holdfast config show', 'holdfast config show --effective > holdfast.toml'],
  options: [['--effective', 'as a file that the gateway would take']],
  needsAdmin: false,
  run: async (context, _, flags) => (await import('./verbs/config-show.ts')).configShow(context, flags),
};

export const configCommands: readonly Command[] = [check, show, { ...check, name: 'check-config' }];
