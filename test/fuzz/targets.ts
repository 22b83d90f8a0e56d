/** What can be fuzzed, by name. A target feeds damaged datagrams and throws at the first fault; it tells how far it is. */
import { fuzzCoapFlat } from '../coap/fuzz-memory.ts';
import { recordedDatagrams } from '../mbedtls-wasm/corpus.ts';
import { fuzzDtls } from '../mbedtls-wasm/fuzzing.ts';

/** Feeds so many datagrams; what it returns is printed: what was covered. The same seed gives the same run. */
export type Target = (datagrams: number, seed: number, onProgress: (done: number) => void) => object;

export const targets: Readonly<Record<string, Target>> = {
  coap: fuzzCoapFlat,
  dtls: (datagrams, seed, onProgress) => fuzzDtls(datagrams, seed, recordedDatagrams(), onProgress),
};
