/** Reads the compiled engine that stands beside this file. The one file of the package that touches the disk. */
import { readFileSync } from 'node:fs';

/** The bytes for `Engine.instantiate`. Throws when the package was not built. */
export function readWasm(): Uint8Array {
  return readFileSync(new URL('mbedtls.wasm', import.meta.url));
}
