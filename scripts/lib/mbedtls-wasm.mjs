// Step 3: mbedTLS to WebAssembly. The compiler takes half a gigabyte of memory, so it runs in a process of its own and
// the gateway that is started afterwards in this one stays small.

import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { MBEDTLS_FOLDER } from './mbedtls-source.mjs';
import { ROOT, WASM_FILE } from './paths.mjs';
import { runCommand } from './run-command.mjs';
import { asSetUpError, SetUpError } from './set-up-error.mjs';

const BUILDER = pathToFileURL(path.join(ROOT, 'src', 'mbedtls-wasm', 'build-wasm.mjs')).href;
const TIMEOUT_MS = 60 * 60_000;

export const mbedtlsWasmStep = { name: 'mbedTLS to WebAssembly', isCurrent: wasmIsCurrent, run: makeWasm };

async function wasmIsCurrent() {
  const builder = await import(BUILDER);
  return builder.wasmIsCurrent({ mbedtlsDirectory: MBEDTLS_FOLDER, outFile: WASM_FILE });
}

/** @param {(fraction: number) => void} onProgress */
async function makeWasm(onProgress) {
  try {
    const { code, output } = await runCommand(process.execPath, [fileURLToPath(import.meta.url)], {
      cwd: ROOT,
      timeoutMs: TIMEOUT_MS,
      ipc: true,
      onMessage: (message) => onProgress(Number(message)),
    });
    if (code === null) {
      throw new SetUpError('the compiler of mbedTLS was killed before its end.', [
        'It needs about 600 MB of memory; look at what is free:  free -m',
        'The system may say why:  dmesg | tail',
      ]);
    }
    if (code !== 0) {
      throw new Error(output);
    }
  } catch (error) {
    throw asSetUpError('mbedTLS could not be compiled to WebAssembly', error);
  }
  return 'done';
}

/** What the process of its own does. */
async function buildInThisProcess() {
  const builder = await import(BUILDER);
  const onProgress = (/** @type {number} */ fraction) => process.send?.(fraction);
  await builder.buildWasm({ mbedtlsDirectory: MBEDTLS_FOLDER, outFile: WASM_FILE, onProgress });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  buildInThisProcess().then(
    () => process.disconnect?.(),
    (error) => {
      process.stderr.write(`${error?.message ?? error}\n`);
      process.exit(1);
    },
  );
}
