/** Bad input for the CoAP layer as long as asked for, and whether the layer holds more at the end than after a tenth of it. */
import assert from 'node:assert/strict';
import { heapBytes } from '../bench/memory.ts';
import { fuzzCoap } from './fuzz-world.ts';

/** What the tables of one peer may hold more or less from one moment to another. */
const growthBytesMax = 4 * 1_048_576;

/** Throws at the first fault, or when memory has grown. */
export function fuzzCoapFlat(datagrams: number, seed: number, onProgress: (done: number) => void): object {
  let early: number | undefined;
  let late = 0;
  const events = fuzzCoap(datagrams, seed, (done) => {
    if (early === undefined && done >= datagrams / 10) early = heapBytes();
    if (done === datagrams) late = heapBytes();
    onProgress(done);
  });
  const grownBytes = late - (early ?? late);
  assert.ok(grownBytes <= growthBytesMax, `memory has grown by ${grownBytes} bytes`);
  return { datagrams, events, grownBytes };
}
