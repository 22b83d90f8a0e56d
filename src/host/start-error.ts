/** Why the gateway cannot start: one sentence for a person, one exit code for a script (README, exit codes). */
import { commandsOfClone } from '../api/clone-commands.ts';

/**
 * 30 configuration, 31 port in use, 32 store held by another process, 33 store damaged beyond repair, 34 state directory not
 * usable, 35 master key missing or wrong, 36 set-up incomplete.
 */
export type StartExit = 30 | 31 | 32 | 33 | 34 | 35 | 36;

export class StartError extends Error {
  override readonly name = 'StartError';
  readonly exit: StartExit;
  /** Further lines: why, and the next command. */
  readonly more: readonly string[];

  constructor(exit: StartExit, sentence: string, ...more: string[]) {
    super(sentence);
    this.exit = exit;
    this.more = more;
  }
}

/** The text for a terminal or the journal. `inClone`: the program runs from a source checkout. */
export function startErrorText(error: StartError, inClone: boolean): string {
  const more = inClone ? error.more.map(commandsOfClone) : error.more;
  return [`error: ${error.message}`, ...more.map((line) => `  ${line}`)].join('\n');
}

/** The code of an operating system's error, `ENOSPC`, or undefined. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
