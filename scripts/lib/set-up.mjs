// Makes a clone ready to run, in four steps: packages, source of mbedTLS, its WebAssembly, TypeScript. Each step knows
// whether its result is current, so a second run does nothing and says nothing; an interrupted one goes on where it
// stopped. Until the packages are there only Node's own modules may be loaded.

import fs from 'node:fs';
import path from 'node:path';
import { mbedtlsSourceStep } from './mbedtls-source.mjs';
import { mbedtlsWasmStep } from './mbedtls-wasm.mjs';
import { packagesStep } from './packages.mjs';
import { BUILD, ROOT } from './paths.mjs';
import { asSetUpError, SetUpError } from './set-up-error.mjs';
import { takeLock } from './set-up-lock.mjs';
import { StepReport } from './step-report.mjs';
import { typescriptStep } from './typescript.mjs';

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {() => boolean | Promise<boolean>} isCurrent
 * @property {(onProgress: (fraction: number) => void) => Promise<string>} run how it ended: "done"
 */

/** @type {Step[]} */
const STEPS = [packagesStep, mbedtlsSourceStep, mbedtlsWasmStep, typescriptStep];
/** The first two fetch; the others only build. */
const FETCHING_STEPS = 2;
const NEEDED_BYTES = 400_000_000;
const FIRST_TIME = 'Setting up, once: about 2 minutes, 300 MB, needs the network.';
const BUILD_ONLY = 'Building what has changed.';

/**
 * Runs whatever is not current.
 * @param {import('./step-report.mjs').Screen} [screen]
 * @returns {Promise<boolean>} whether anything had to be done or waited for; rejects with a SetUpError
 */
export async function setUp(screen = process.stderr) {
  const first = await firstOutdated(0);
  if (first === STEPS.length) {
    return false;
  }
  let release;
  try {
    release = await takeLock(path.join(BUILD, 'set-up.lock'), (holder) => {
      screen.write(`Waiting for another set-up of this clone (process ${holder}).\n`);
    });
  } catch (error) {
    throw asSetUpError('the set-up could not begin', error);
  }
  try {
    await runSteps(screen);
    return true;
  } finally {
    release();
  }
}

/** @param {import('./step-report.mjs').Screen} screen */
async function runSteps(screen) {
  // Asked again: while this one waited, another set-up may have done it all.
  const first = await firstOutdated(0);
  if (first === STEPS.length) {
    return;
  }
  const buildOnly = first >= FETCHING_STEPS;
  if (!buildOnly) {
    checkDisk(ROOT, NEEDED_BYTES);
  }
  screen.write(`${buildOnly ? BUILD_ONLY : FIRST_TIME}\n`);
  for (const [index, step] of STEPS.entries()) {
    const report = new StepReport(screen, { number: index + 1, of: STEPS.length, name: step.name });
    if (index >= first && !(await step.isCurrent())) {
      await runStep(step, report);
    } else if (!buildOnly) {
      report.skipped();
    }
  }
}

/** @param {Step} step @param {StepReport} report */
async function runStep(step, report) {
  report.start();
  try {
    report.done(await step.run((fraction) => report.progress(fraction)));
  } catch (error) {
    report.failed();
    throw error;
  }
}

/** @param {number} from @returns {Promise<number>} the first step from there that has something to do */
async function firstOutdated(from) {
  const step = STEPS[from];
  return step === undefined || !(await step.isCurrent()) ? from : firstOutdated(from + 1);
}

/**
 * Refuses to begin what cannot end: a disk with less than `neededBytes` free.
 * @param {string} folder
 * @param {number} neededBytes
 */
export function checkDisk(folder, neededBytes) {
  const free = freeBytes(folder);
  if (free < neededBytes) {
    throw new SetUpError(`the disk is too full: ${megabytes(free)} are free, set-up needs ${megabytes(neededBytes)}.`, [
      'Look for what fills it:  df -h .',
    ]);
  }
}

/**
 * Refuses to start a gateway whose store could not grow: it would only start to refuse everything.
 * @param {string} folder the state directory; where it does not exist yet, the folder that it will be in counts
 * @param {number} neededBytes
 */
export function checkStateSpace(folder, neededBytes) {
  const free = freeBytes(fs.existsSync(folder) ? folder : path.dirname(folder));
  if (free < neededBytes) {
    const name = `./${path.relative(ROOT, folder)}`;
    throw new SetUpError(`no space for ${name}: ${megabytes(free)} are free, ${megabytes(neededBytes)} are needed.`, [
      'Look for what fills the disk:  df -h .',
    ]);
  }
}

/** @param {string} folder */
function freeBytes(folder) {
  const { bavail, bsize } = fs.statfsSync(folder);
  return bavail * bsize;
}

/** @param {number} bytes */
function megabytes(bytes) {
  return `${Math.floor(bytes / 1e6)} MB`;
}
