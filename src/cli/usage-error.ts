/** Turns what the parser found wrong with a call into an error in our words, with the nearest thing that exists. */
import type { CommanderError } from 'commander';
import { type ErrorDetails, errorDetails } from '../api/error-codes.ts';
import { nearestNames } from '../api/nearest.ts';
import { commands } from './commands.ts';

const globalFlags = ['--socket', '--json', '--no-header', '--color', '--utc', '--help'];

/** `argv` is the whole call, to find out which command it was about. */
export function usageError(error: CommanderError, argv: readonly string[]): ErrorDetails {
  const [, quoted = ''] = /'([^']*)'/.exec(error.message) ?? [];
  const name = commandOf(argv);
  const help = `holdfast ${name === '' ? '' : `${name} `}--help`;
  const wrong = (message: string, lines: readonly string[] = [`How it is called:  ${help}`]) =>
    errorDetails('BAD_REQUEST', message, { lines, next: help });
  switch (error.code) {
    case 'commander.unknownCommand':
      return unknownCommand(argv, quoted);
    case 'commander.unknownOption':
      return wrong(...unknownFlag(quoted, name, help));
    case 'commander.missingArgument':
      return wrong(`${name} needs ${argumentWord(quoted)}.`);
    case 'commander.excessArguments':
      // Behind a group whose default takes no arguments stands a word that was to be a command.
      if (isNoMember(argv)) return unknownCommand(argv, argv.filter((word) => !word.startsWith('-'))[1] ?? '');
      return wrong(`${name} was given more arguments than it takes.`);
    case 'commander.optionMissingArgument':
      return wrong(
        `${quoted.split(' ')[0]} needs ${argumentWord(quoted.split('<')[1]?.replace('>', '') ?? 'a value')}.`,
      );
    case 'commander.invalidArgument':
      return wrong('--color is auto, always or never.');
    default:
      return wrong(error.message.replace(/^error: /, ''));
  }
}

/** The command's name as far as it can be told: its words, without flags. */
function commandOf(argv: readonly string[]): string {
  const [first = '', second = ''] = argv.filter((word) => !word.startsWith('-'));
  const names = commands.map((command) => command.name);
  if (names.includes(`${first} ${second}`)) return `${first} ${second}`;
  const fallback = commands.find(({ name, isDefault }) => isDefault === true && name.startsWith(`${first} `));
  if (fallback !== undefined) return fallback.name;
  return names.some((name) => name === first || name.startsWith(`${first} `)) ? first : '';
}

function isNoMember(argv: readonly string[]): boolean {
  const [first = '', second = ''] = argv.filter((word) => !word.startsWith('-'));
  const hasMembers = commands.some(({ name }) => name.startsWith(`${first} `));
  return hasMembers && !commands.some(({ name }) => name === `${first} ${second}`);
}

function unknownCommand(argv: readonly string[], typed: string): ErrorDetails {
  const [group = ''] = argv.filter((word) => !word.startsWith('-'));
  const members = commands.flatMap(({ name }) => (name.startsWith(`${group} `) ? [name.slice(group.length + 1)] : []));
  const inGroup = members.length > 0;
  const known = inGroup ? members : [...new Set(commands.map(({ name }) => name.split(' ')[0] ?? name)), 'help'];
  const next = inGroup ? `holdfast ${group} --help` : 'holdfast --help';
  const message = `unknown command "${inGroup ? `${group} ` : ''}${typed}"${didYouMean(typed, known, inGroup ? `${group} ` : '')}`;
  return errorDetails('BAD_REQUEST', message, { lines: [`All of them:  ${next}`], next });
}

function unknownFlag(flag: string, name: string, help: string): [message: string, lines: readonly string[]] {
  const command = commands.find((candidate) => candidate.name === name);
  const own = (command?.options ?? []).map(([flags]) => flags.split(' ')[0] ?? flags);
  const message = `unknown flag "${flag}"${didYouMean(flag, [...own, ...globalFlags], '')}`;
  const hint =
    name === 'write'
      ? 'A value that begins with a dash is written as PATH=VALUE.'
      : 'A name that begins with a dash stands behind "--".';
  return [message, [hint, `How it is called:  ${help}`]];
}

function didYouMean(typed: string, known: readonly string[], prefix: string): string {
  const [nearest] = nearestNames(typed, known, 1);
  return nearest === undefined ? '.' : `; did you mean "${prefix}${nearest}"?`;
}

/** `an endpoint`, `a path`. */
function argumentWord(name: string): string {
  if (name.startsWith('a ')) return name;
  const word = name.replace('path[:type]', 'path').replace(/^(endpoint|path|type|state)s$/, '$1');
  return `${/^[aeiou]/.test(word) ? 'an' : 'a'} ${word}`;
}
