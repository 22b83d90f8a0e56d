/** The host's elliptic curves with keys by a seeded generator: fast, and yet the same seed gives the same run. */
import { createECDH } from 'node:crypto';
import type { HostP256 } from 'mbedtls-wasm';
import { hostP256 } from '../../src/host/host-p256.ts';
import { generator } from './pair.ts';

export function seededP256(seed: number): HostP256 {
  const next = generator(seed);
  return {
    ...hostP256,
    generate: () => {
      // Below the order of the curve, which begins with 32 bits that are set.
      const privateKey = Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? next() * 255 : next() * 256));
      const pair = createECDH('prime256v1');
      pair.setPrivateKey(privateKey);
      return { privateKey, publicKey: pair.getPublicKey() };
    },
  };
}
