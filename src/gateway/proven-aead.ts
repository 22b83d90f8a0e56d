/** Sealing with the master key, and whether that has opened anything yet: until then no start relies on it. */
import type { Aead } from '../records/sealed-record.ts';

export class ProvenAead implements Aead {
  isProven = false;
  private readonly aead: Aead;

  constructor(aead: Aead) {
    this.aead = aead;
  }

  seal(plaintext: Uint8Array, additional: Uint8Array): Uint8Array {
    return this.aead.seal(plaintext, additional);
  }

  open(sealed: Uint8Array, additional: Uint8Array): Uint8Array | undefined {
    const opened = this.aead.open(sealed, additional);
    if (opened !== undefined) this.isProven = true;
    return opened;
  }
}
