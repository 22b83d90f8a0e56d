// Where things lie in a clone. Everything that set-up makes is below `build/`, in `node_modules/` or in the dist folder
// of src/mbedtls-wasm, all of them ignored by git: removing these three gives a fresh clone again.

import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone's top folder. */
export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
export const BUILD = path.join(ROOT, 'build');
/** Verified downloads; a file put here by hand spares the network. */
export const DOWNLOADS = path.join(BUILD, 'downloads');
/** The whole output of the last step that failed. */
export const FAILURE_LOG = path.join(BUILD, 'set-up.log');
export const WASM_FILE = path.join(ROOT, 'src', 'mbedtls-wasm', 'dist', 'mbedtls.wasm');

/** `file` as a person in the clone's top folder would type it. */
export function fromRoot(/** @type {string} */ file) {
  return path.relative(ROOT, file) || '.';
}
