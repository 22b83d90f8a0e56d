/**
 * Chance and sealing, handed to the machine, which has neither of its own.
 *
 * Limits: nonces are random, 96 bits; with one key for ever the chance that two are equal stays under 2^-32 for 2^32 sealed
 * records, which a gateway that seals one every second reaches after 136 years.
 */
import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto';
import { assert } from '../base/assert.ts';
import type { Entropy } from '../base/entropy.ts';
import type { Aead } from '../records/sealed-record.ts';

const poolBytes = 65_536;

/** Random bytes out of a pool, since a call into the operating system for each four bytes is dear. What left the pool is wiped. */
export function pooledEntropy(fill: (into: Uint8Array) => unknown = randomFillSync): Entropy {
  const pool = new Uint8Array(poolBytes);
  let used = poolBytes;
  return (into) => {
    if (into.length > poolBytes) {
      fill(into);
      return;
    }
    if (used + into.length > poolBytes) {
      fill(pool);
      used = 0;
    }
    const end = used + into.length;
    into.set(pool.subarray(used, end));
    pool.fill(0, used, end);
    used = end;
  };
}

export const masterKeyBytes = 32;

/** As good as AES without its instructions, which many boards lack, and constant in time everywhere. */
const algorithm = 'chacha20-poly1305';
const nonceBytes = 12;
const tagBytes = 16;

/** Seals as nonce, ciphertext, tag. The key is copied. */
export function masterAead(masterKey: Uint8Array, entropy: Entropy): Aead {
  assert(masterKey.length === masterKeyBytes, 'the master key has 32 bytes');
  const key = Uint8Array.from(masterKey);
  return {
    seal: (plaintext, additional) => seal(key, entropy, plaintext, additional),
    open: (sealed, additional) => open(key, sealed, additional),
  };
}

function seal(key: Uint8Array, entropy: Entropy, plaintext: Uint8Array, additional: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(nonceBytes + plaintext.length + tagBytes);
  const nonce = sealed.subarray(0, nonceBytes);
  entropy(nonce);
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(additional, { plaintextLength: plaintext.length });
  sealed.set(cipher.update(plaintext), nonceBytes);
  cipher.final();
  sealed.set(cipher.getAuthTag(), nonceBytes + plaintext.length);
  return sealed;
}

function open(key: Uint8Array, sealed: Uint8Array, additional: Uint8Array): Uint8Array | undefined {
  const plaintextBytes = sealed.length - nonceBytes - tagBytes;
  if (plaintextBytes < 0) return undefined;
  const decipher = createDecipheriv(algorithm, key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAAD(additional, { plaintextLength: plaintextBytes });
  decipher.setAuthTag(sealed.subarray(nonceBytes + plaintextBytes));
  const plaintext = Uint8Array.from(decipher.update(sealed.subarray(nonceBytes, nonceBytes + plaintextBytes)));
  try {
    decipher.final();
    return plaintext;
  } catch {
    plaintext.fill(0);
    return undefined;
  }
}
