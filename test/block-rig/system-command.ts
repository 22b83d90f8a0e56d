/** The system's own tools, each as one asynchronous call: this process serves the disk that they work on, and must not wait for them. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const withinMs = 20_000;

/** A command that failed, with its own words. */
export class CommandError extends Error {
  readonly exitCode: number | undefined;

  constructor(message: string, exitCode: number | undefined) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** What the command says, without the last line end. Rejects with a `CommandError`. */
export async function systemCommand(command: string, ...words: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run(command, [...words], { timeout: withinMs });
    return stdout.trimEnd();
  } catch (error) {
    const { stdout = '', stderr = '', code } = error as { stdout?: string; stderr?: string; code?: unknown };
    const said = `${stdout}${stderr}`.trim().replaceAll('\n', ' | ');
    const message = `${command} ${words.join(' ')} failed: ${said || (error as Error).message}`;
    throw new CommandError(message, typeof code === 'number' ? code : undefined);
  }
}
