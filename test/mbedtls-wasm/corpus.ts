/** The recorded datagrams that fuzzing starts from: one a line, in hex, in `test/mbedtls-wasm/corpus`. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const directory = join(import.meta.dirname, '../../../test/mbedtls-wasm/corpus');

/** All of them, in the order of the files' names. */
export function recordedDatagrams(): Uint8Array[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.hex'))
    .sort()
    .flatMap((name) => readFileSync(join(directory, name), 'utf8').split('\n'))
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => Uint8Array.from(Buffer.from(line, 'hex')));
}
