/** The system's own tools, each as one asynchronous call: this process serves the disk that they work on, and must not wait for them. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const withinMs = 20_000;

/** What the command says, without the last line end. Rejects with its own words when it fails. */
export async function systemCommand(command: string, ...words: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run(command, [...words], { timeout: withinMs });
    return stdout.trimEnd();
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const said = `${stdout}${stderr}`.trim().replaceAll('\n', ' | ');
    throw new Error(`${command} ${words.join(' ')} failed: ${said || (error as Error).message}`);
  }
}
