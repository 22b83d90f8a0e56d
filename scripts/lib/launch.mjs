// What the commands of package.json have in common: set up, quietly when there is nothing to do, then become the
// program that was asked for. It runs in this very process: signals, a SIGKILL among them, meet the gateway itself and
// not a parent that would hide it.

import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './paths.mjs';
import { setUp } from './set-up.mjs';
import { EXIT_SET_UP_INCOMPLETE, errorText, SetUpError } from './set-up-error.mjs';

/** From here on the time counts as the program's own; `src/host/beginning.ts` looks for it. */
const BEGINNING_MARK = 'holdfast begins';

/**
 * Sets up; a failure is printed and sets the exit code.
 * @param {() => void} [check] a further condition, which throws a SetUpError
 * @returns {Promise<boolean>} whether the clone is ready
 */
export async function setUpOrExplain(check) {
  try {
    if (await setUp()) {
      performance.mark(BEGINNING_MARK);
    }
    check?.();
    return true;
  } catch (error) {
    if (!(error instanceof SetUpError)) {
      throw error;
    }
    process.stderr.write(errorText(error));
    process.exitCode = EXIT_SET_UP_INCOMPLETE;
    return false;
  }
}

/**
 * Sets up and runs a compiled program with this process's arguments.
 * @param {string} program relative to the clone's top folder
 * @param {() => void} [check]
 */
export async function setUpThenRun(program, check) {
  if (await setUpOrExplain(check)) {
    const file = path.join(ROOT, program);
    process.argv[1] = file;
    await import(pathToFileURL(file).href);
  }
}
