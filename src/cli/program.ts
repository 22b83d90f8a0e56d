/** Builds commander's program from the commands' data: groups, flags, and help that opens with examples. */
import { Command as Commander, Option } from 'commander';
import type { ExitCode } from '../api/exit-codes.ts';
import type { Arguments, Command, Flags } from './command.ts';
import { commands } from './commands.ts';
import type { Globals } from './globals.ts';

export interface Sinks {
  readonly writeOut: (text: string) => void;
  readonly writeErr: (text: string) => void;
}

/** `run` is called with the command that was typed. Parsing throws `CommanderError` for everything else. */
export function buildProgram(
  run: (command: Command, given: Arguments, flags: Flags, globals: Globals) => Promise<ExitCode>,
  helpJson: (globals: Globals) => Promise<ExitCode>,
  sinks: Sinks,
): Commander {
  const program = prepare(new Commander('holdfast'), sinks)
    .usage('[--socket PATH] [--json] [--no-header]\n                [--color auto|always|never] [--utc] COMMAND')
    .option('--socket <path>', "the gateway's socket (also: HOLDFAST_SOCKET)")
    .option('--json', 'for programs: JSON on stdout, errors as JSON on stderr')
    .option('--no-header', 'tables without their first line')
    .addOption(
      new Option('--color <when>', 'auto, always or never').choices(['auto', 'always', 'never']).default('auto'),
    )
    .option('--utc', 'clock times in UTC instead of local time')
    .addHelpText('before', examplesText(['holdfast status', 'holdfast devices', 'holdfast read meter-17 /3303/0/5700']))
    .addHelpText('after', `\nJSON schemas of all output:  holdfast help json`);
  const groups = new Map<string, Commander>();
  for (const command of commands) addCommand(program, groups, command, sinks, run);
  addHelp(program, helpJson);
  return program;
}

function prepare(commander: Commander, sinks: Sinks): Commander {
  return commander
    .exitOverride()
    .showSuggestionAfterError(true)
    .helpCommand(false)
    .helpOption('-h, --help', 'this text')
    .configureHelp({
      helpWidth: 79,
      subcommandTerm: (command) => command.name(),
      optionDescription: (option) => option.description,
    })
    .configureOutput({
      ...sinks,
      getOutHelpWidth: () => 79,
      getErrHelpWidth: () => 79,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
}

function addCommand(
  program: Commander,
  groups: Map<string, Commander>,
  command: Command,
  sinks: Sinks,
  run: (command: Command, given: Arguments, flags: Flags, globals: Globals) => Promise<ExitCode>,
): void {
  const [first = '', second] = command.name.split(' ');
  const parent = second === undefined ? program : groupOf(program, groups, first, sinks);
  const kind = { hidden: command.name === 'check-config', isDefault: command.isDefault === true };
  const leaf = prepare(parent.command(second ?? first, kind), sinks)
    .summary(command.summary)
    .addHelpText('before', examplesText(command.examples));
  for (const argument of command.arguments.split(' ').filter((word) => word !== '')) leaf.argument(argument);
  for (const [flags, description] of command.options) leaf.option(flags, description);
  for (const [flags, description] of command.hidden ?? []) leaf.addOption(new Option(flags, description).hideHelp());
  leaf.action(async (...all: unknown[]) => {
    const given = all.slice(0, -2) as Arguments;
    await run(command, given, leaf.opts<Flags>(), program.opts<Globals>());
  });
}

const groupSummaries: Readonly<Record<string, string>> = {
  device: 'one device; show, add, remove, reset, mute, unmute',
  operations: 'what was asked of devices; list, show, wait, cancel, retry',
  config: 'check or show the configuration',
};

/** One of each; of what needs no name of its own (`operations` lists) two: it has its flags there too. */
function examplesInGroup({ examples, isDefault }: Command): readonly string[] {
  return examples.slice(0, isDefault === true ? 2 : 1);
}

function groupOf(program: Commander, groups: Map<string, Commander>, name: string, sinks: Sinks): Commander {
  const known = groups.get(name);
  if (known !== undefined) return known;
  const members = commands.filter((command) => command.name.startsWith(`${name} `));
  const group = prepare(program.command(name), sinks)
    .summary(groupSummaries[name] ?? '')
    .addHelpText('before', examplesText(members.flatMap(examplesInGroup)));
  groups.set(name, group);
  return group;
}

/** `help`, `help json`, `help device add`. */
function addHelp(program: Commander, helpJson: (globals: Globals) => Promise<ExitCode>): void {
  const help = program
    .command('help')
    .argument('[topic...]')
    .summary('help on a command, or "json" for the JSON schemas');
  help.exitOverride().action(async (topic: readonly string[]) => {
    if (topic[0] === 'json') {
      await helpJson(program.opts<Globals>());
      return;
    }
    let found = program;
    for (const word of topic) {
      const next = found.commands.find((candidate) => candidate.name() === word);
      if (next === undefined) program.error(`error: unknown command '${word}'`, { code: 'commander.unknownCommand' });
      else found = next;
    }
    found.outputHelp();
  });
}

function examplesText(examples: readonly string[]): string {
  return `${['Examples:', ...examples.map((example) => `  ${example}`)].join('\n')}\n`;
}
