/** One call of `holdfast` from its arguments to its exit code. The only place that turns what was thrown into words. */
import { CommanderError } from 'commander';
import { commandsOfClone } from '../api/clone-commands.ts';
import { type ErrorDetails, errorDetails } from '../api/error-codes.ts';
import { type ExitCode, exitCodes } from '../api/exit-codes.ts';
import { CliError, ConnectionLost, Interrupted } from './cli-error.ts';
import type { Arguments, Command, Flags } from './command.ts';
import { Context, connectionLostDetails } from './context.ts';
import { type Globals, globalDefaults } from './globals.ts';
import type { Io } from './io.ts';
import { buildProgram } from './program.ts';
import { usageError } from './usage-error.ts';

/** `argv` is what stands behind `holdfast`. */
export async function run(argv: readonly string[], io: Io): Promise<ExitCode> {
  let exit: ExitCode = exitCodes.done;
  const texts: Promise<void>[] = [];
  const runCommand = async (command: Command, given: Arguments, flags: Flags, globals: Globals): Promise<ExitCode> => {
    const context = new Context(io, globals, { verb: command.name, argv, needsAdmin: command.needsAdmin });
    exit = await command.run(context, given, flags);
    return exit;
  };
  const helpJson = async (globals: Globals): Promise<ExitCode> => {
    const context = new Context(io, globals, { verb: 'help', argv, needsAdmin: false });
    return (await import('./verbs/help-json.ts')).helpJson(context);
  };
  const helpText = (text: string) => (io.cloneRoot === undefined ? text : commandsOfClone(text));
  const program = buildProgram(runCommand, helpJson, {
    writeOut: (text) => void texts.push(io.out.write(helpText(text))),
    // The parser's own error messages are replaced by ours; help it shows for an incomplete call goes through.
    writeErr: (text) => void (text.startsWith('error:') ? undefined : texts.push(io.err.write(helpText(text)))),
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    exit = await failed(error, argv, io);
  }
  await Promise.all(texts);
  return exit;
}

async function failed(error: unknown, argv: readonly string[], io: Io): Promise<ExitCode> {
  if (error instanceof Interrupted || io.interrupted.aborted) return exitCodes.interrupted;
  if (error instanceof CommanderError && isHelp(error)) {
    return error.exitCode === 0 ? exitCodes.done : exitCodes.wrongCall;
  }
  return reporter(argv, io).report(detailsOf(error, argv));
}

/** Help that was asked for, or shown because a call was incomplete. */
function isHelp(error: CommanderError): boolean {
  return error.code === 'commander.helpDisplayed' || error.code === 'commander.help';
}

function detailsOf(error: unknown, argv: readonly string[]): ErrorDetails {
  if (error instanceof CliError) return error.details;
  if (error instanceof CommanderError) return usageError(error, argv);
  if (error instanceof ConnectionLost) return connectionLostDetails();
  // The reader of our output is gone: not an error to report, and main ends on it.
  if (error instanceof Error && 'code' in error && error.code === 'EPIPE') throw error;
  const what = error instanceof Error ? error.message : String(error);
  return errorDetails('UNEXPECTED', `this should not happen: ${what}`, {
    lines: ['A fault of Holdfast. Report it with what was typed and:  holdfast version --json'],
    next: 'holdfast version --json',
  });
}

/** The flags may be what is wrong, so only those that shape an error message are looked at. */
function reporter(argv: readonly string[], io: Io): Context {
  const end = argv.indexOf('--');
  const flags = end < 0 ? argv : argv.slice(0, end);
  const globals: Globals = { ...globalDefaults, json: flags.includes('--json') };
  return new Context(io, globals, { verb: '', argv, needsAdmin: false });
}
