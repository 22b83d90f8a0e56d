import { crc32 } from '../../src/base/crc32.ts';
import type { Aead } from '../../src/records/sealed-record.ts';

/** Seals nothing, but tells a value under a wrong key: secrecy is not what is simulated. */
export const simulatedAead: Aead = {
  seal: (plaintext, additional) => {
    const sealed = new Uint8Array(plaintext.length + 4);
    sealed.set(plaintext);
    new DataView(sealed.buffer).setUint32(plaintext.length, crc32(plaintext, crc32(additional)));
    return sealed;
  },
  open: (sealed, additional) => {
    const plaintext = sealed.slice(0, -4);
    const mark = new DataView(sealed.buffer, sealed.byteOffset).getUint32(plaintext.length);
    return mark === crc32(plaintext, crc32(additional)) ? plaintext : undefined;
  },
};
