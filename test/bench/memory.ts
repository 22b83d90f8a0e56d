/** Bytes that JavaScript holds, after everything that could be given back was given back. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** `wasmBytes`: linear memory of engines, which Node counts as well. */
export function heapBytes(wasmBytes = 0): number {
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external - wasmBytes;
}
