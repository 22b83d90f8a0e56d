// Step 1: the packages of package-lock.json, by `npm ci`. node_modules/.holdfast-set-up records which lock file and
// which kind of machine the folder was filled for; where somebody ran npm himself, npm's own record decides.

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from './paths.mjs';
import { runCommand } from './run-command.mjs';
import { asSetUpError, SetUpError } from './set-up-error.mjs';

const LOCK_FILE = path.join(ROOT, 'package-lock.json');
const STAMP_FILE = path.join(ROOT, 'node_modules', '.holdfast-set-up');
const NPM_RECORD = path.join(ROOT, 'node_modules', '.package-lock.json');
const PROGRESS_MS = 500;
const TIMEOUT_MS = 30 * 60_000;

/** @typedef {Record<string, {version?: string, integrity?: string, optional?: boolean, link?: boolean}>} Packages */

export const packagesStep = { name: 'packages', isCurrent: packagesAreCurrent, run: installPackages };

/** Whether node_modules holds what the lock file asks for. */
function packagesAreCurrent() {
  if (!fs.existsSync(NPM_RECORD)) {
    return false;
  }
  const stamp = stampText();
  if (fs.existsSync(STAMP_FILE)) {
    return fs.readFileSync(STAMP_FILE, 'utf8') === stamp;
  }
  if (!packagesMatch(readPackages(LOCK_FILE), readPackages(NPM_RECORD))) {
    return false;
  }
  fs.writeFileSync(STAMP_FILE, stamp);
  return true;
}

/**
 * Whether npm's record of a node_modules fits the lock file. Optional packages may be missing: they are for other
 * machines.
 * @param {Packages} wanted
 * @param {Packages} installed
 */
export function packagesMatch(wanted, installed) {
  return Object.entries(wanted).every(([place, entry]) => {
    const found = installed[place];
    if (!place.startsWith('node_modules/') || (entry.optional && found === undefined)) {
      return true;
    }
    return found !== undefined && found.version === entry.version && found.integrity === entry.integrity;
  });
}

/** @param {(fraction: number) => void} onProgress */
async function installPackages(onProgress) {
  const stamp = stampText();
  const places = Object.entries(readPackages(LOCK_FILE))
    .filter(([place, entry]) => place.startsWith('node_modules/') && !entry.optional && !entry.link)
    .map(([place]) => path.join(ROOT, place, 'package.json'));
  const timer = setInterval(() => {
    onProgress(places.filter((place) => fs.existsSync(place)).length / places.length);
  }, PROGRESS_MS);
  try {
    await runNpmCi();
    fs.writeFileSync(STAMP_FILE, stamp);
  } catch (error) {
    throw asSetUpError('the packages could not be installed', error);
  } finally {
    clearInterval(timer);
  }
  return 'done';
}

/** `--include=dev`: the build tools are needed also where NODE_ENV says "production". */
async function runNpmCi() {
  const flags = ['--include=dev', '--no-audit', '--no-fund', '--fetch-retry-mintimeout=1000'];
  let result;
  try {
    result = await runCommand('npm', ['ci', ...flags, '--fetch-retry-maxtimeout=5000'], {
      cwd: ROOT,
      timeoutMs: TIMEOUT_MS,
    });
  } catch {
    throw new SetUpError('npm is not installed, and the packages come by it.', [
      'Install it (on Debian: apt install npm), look at it, and run again:  npm --version',
    ]);
  }
  if (result.code !== 0) {
    throw new Error(`npm ci ended with exit code ${result.code}\n${result.output}`);
  }
}

/** @param {string} file @returns {Packages} */
function readPackages(file) {
  return JSON.parse(fs.readFileSync(file, 'utf8')).packages ?? {};
}

/** Packages with machine code in them are chosen for one kind of machine, so a copied clone is installed again. */
function stampText() {
  const hash = createHash('sha256').update(fs.readFileSync(LOCK_FILE)).digest('hex');
  return `${hash} ${process.platform} ${process.arch}\n`;
}
