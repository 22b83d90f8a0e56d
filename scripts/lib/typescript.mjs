// Step 4: TypeScript, by `tsc -b`. A stamp over names, times and sizes of all sources tells in some milliseconds that
// nothing has changed, which tsc itself needs about a second for.

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { listFiles } from './file-list.mjs';
import { BUILD, ROOT } from './paths.mjs';
import { runCommand } from './run-command.mjs';
import { asSetUpError, SetUpError } from './set-up-error.mjs';
import { removeStaleOutputs } from './stale-outputs.mjs';

const STAMP_FILE = path.join(BUILD, 'typescript.stamp');
const COMPILER = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
const WASM_PACKAGE = path.join(ROOT, 'src', 'mbedtls-wasm');
const SKIPPED = ['node_modules', 'dist'];
const CONFIGURATION = ['tsconfig.json', 'tsconfig.base.json', 'package.json', 'package-lock.json'];

/** Every folder of compiled files, and the folder of its sources. */
const OUTPUTS = [
  { output: path.join(BUILD, 'src'), source: path.join(ROOT, 'src') },
  { output: path.join(BUILD, 'test'), source: path.join(ROOT, 'test') },
  { output: path.join(WASM_PACKAGE, 'dist'), source: WASM_PACKAGE },
];

export const typescriptStep = { name: 'TypeScript', isCurrent: outputIsCurrent, run: compile };

function outputIsCurrent() {
  return fs.existsSync(STAMP_FILE) && fs.readFileSync(STAMP_FILE, 'utf8') === inputsStamp();
}

async function compile() {
  const stamp = inputsStamp();
  for (const { output, source } of OUTPUTS) {
    removeStaleOutputs(output, source);
  }
  try {
    await runCompiler(outputIsMissing() ? ['--force'] : []);
    fs.mkdirSync(BUILD, { recursive: true });
    fs.writeFileSync(STAMP_FILE, stamp);
  } catch (error) {
    throw asSetUpError('TypeScript could not be compiled', error);
  }
  return 'done';
}

/** @param {string[]} flags */
async function runCompiler(flags) {
  const { code, output } = await runCommand(process.execPath, [COMPILER, '-b', ...flags], { cwd: ROOT });
  if (code === 0) {
    return;
  }
  const errors = output.split('\n').filter((line) => /error TS\d+/.test(line));
  if (errors.length === 0) {
    throw new Error(output);
  }
  const more = errors.length > ERRORS_SHOWN ? [`... and ${errors.length - ERRORS_SHOWN} more.`] : [];
  throw new SetUpError('the sources do not compile.', [
    ...errors.slice(0, ERRORS_SHOWN),
    ...more,
    'Mend them and look again:  npm run build',
  ]);
}

const ERRORS_SHOWN = 20;

/** Whether a compiled file was removed by hand: tsc trusts its own record and would not make it again. */
function outputIsMissing() {
  return sources().some((file) => !fs.existsSync(outputOf(file)));
}

/** @param {string} file */
function outputOf(file) {
  const name = file.replace(/\.ts$/, '.js');
  const inPackage = path.dirname(file) === WASM_PACKAGE;
  return inPackage ? path.join(WASM_PACKAGE, 'dist', path.basename(name)) : path.join(BUILD, path.relative(ROOT, name));
}

function sources() {
  const wanted = (/** @type {string} */ file) => file.endsWith('.ts') && !file.endsWith('.d.ts');
  return ['src', 'test'].flatMap((folder) => listFiles(path.join(ROOT, folder), wanted, SKIPPED));
}

/** A hash of the names, times and sizes of everything that the compiler reads. */
function inputsStamp() {
  const files = [...CONFIGURATION.map((name) => path.join(ROOT, name)), ...sources()];
  files.push(path.join(WASM_PACKAGE, 'tsconfig.json'));
  const hash = createHash('sha256');
  for (const file of files) {
    const { mtimeMs, size } = fs.statSync(file);
    hash.update(`${path.relative(ROOT, file)} ${mtimeMs} ${size}\n`);
  }
  return `${hash.digest('hex')}\n`;
}
