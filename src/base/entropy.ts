/** Where chance comes from: handed in, so that a simulated run repeats exactly. Fills the array with random bytes. */
export type Entropy = (into: Uint8Array) => void;

/** A random number from 0 (included) to 1 (excluded), with 32 bits. */
export function randomFraction(entropy: Entropy): number {
  const bytes = new Uint8Array(4);
  entropy(bytes);
  return new DataView(bytes.buffer).getUint32(0) / 2 ** 32;
}

export function randomBytes(entropy: Entropy, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  entropy(bytes);
  return bytes;
}
