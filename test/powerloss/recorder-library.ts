/** The preload library: compiled where it is used, by the machine's own C compiler; nothing compiled is kept. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../../../test/powerloss/recorder.c', import.meta.url));

/** Why there can be no recording on this machine; a sentence with what to do. */
export class NoRecorder extends Error {
  override readonly name = 'NoRecorder';
}

/**
 * Says that something is not done on this machine; with `json` the program that reads stdout learns it too. Returns the exit
 * code: in CI nothing may be left out.
 */
export function skipped({ message }: NoRecorder, json: boolean): number {
  const isCi = process.env['CI'] === 'true';
  if (json) process.stdout.write(`${JSON.stringify({ skipped: message })}\n`);
  process.stderr.write(`${isCi ? 'error' : 'skipped'}: ${message}\n`);
  return isCi ? 1 : 0;
}

/** Compiles it into `directory` and returns its path. Throws NoRecorder. */
export function compileRecorder(directory: string): string {
  if (process.platform !== 'linux') throw new NoRecorder('file operations are recorded on Linux only.');
  const library = join(directory, 'recorder.so');
  const compiler = findCompiler();
  const words = ['-O2', '-shared', '-fPIC', '-o', library, source, '-ldl', '-lpthread'];
  const { status, stderr, error } = spawnSync(compiler, words, { encoding: 'utf8' });
  if (status === 0) return library;
  const [first = String(error)] = (stderr ?? '').split('\n');
  throw new NoRecorder(`${compiler} cannot compile the recorder (${first.trim()}). It needs the C library's headers.`);
}

/** `CC` if it is set, as with every build. */
function findCompiler(): string {
  const said = process.env['CC'];
  const candidates = said === undefined || said === '' ? ['cc', 'gcc', 'clang'] : [said];
  const found = candidates.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
  if (found !== undefined) return found;
  throw new NoRecorder(`there is no C compiler (${candidates.join(', ')}). Install one, for example gcc.`);
}

export interface Recorded {
  readonly library: string;
  /** What is below it is recorded. */
  readonly root: string;
  readonly log: string;
  /** Which life of the program it is: 0 to 255. */
  readonly process: number;
  /** A file whose first byte steers the recorder, see `recorder.c`. */
  readonly control?: string;
}

/** What the environment of a process needs, so that it is recorded. */
export function recordedEnvironment({ library, root, log, process: number, control }: Recorded): NodeJS.ProcessEnv {
  return {
    LD_PRELOAD: library,
    UV_USE_IO_URING: '0', // Its operations go past the C library.
    HOLDFAST_RECORD_ROOT: root,
    HOLDFAST_RECORD_LOG: log,
    HOLDFAST_RECORD_PROCESS: String(number),
    ...(control === undefined ? {} : { HOLDFAST_RECORD_CONTROL: control }),
  };
}
