/** The floor of everything that comes over DTLS: one record of 100 bytes sealed and opened by Node's own AES-CCM. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { type Floor, processorSecondsOf, type Size, scaled } from './measure.ts';

const recordBytes = 100;
const options = { authTagLength: 8 } as const;
const additional = Buffer.alloc(13);

export function recordFloor(size: Size): Floor {
  const key = randomBytes(16);
  const text = randomBytes(recordBytes);
  const nonce = Buffer.alloc(12);
  const once = (index: number): void => {
    nonce.writeUInt32BE(index, 8);
    open(key, nonce, seal(key, nonce, text));
  };
  return {
    name: 'a 100-byte record in AES-CCM of Node',
    measure: () => processorSecondsOf(scaled(size, 20_000), once),
  };
}

function seal(key: Buffer, nonce: Buffer, text: Buffer): Buffer {
  const cipher = createCipheriv('aes-128-ccm', key, nonce, options);
  cipher.setAAD(additional, { plaintextLength: text.length });
  const sealed = cipher.update(text);
  cipher.final();
  return Buffer.concat([sealed, cipher.getAuthTag()]);
}

function open(key: Buffer, nonce: Buffer, sealed: Buffer): Buffer {
  const length = sealed.length - options.authTagLength;
  const decipher = createDecipheriv('aes-128-ccm', key, nonce, options);
  decipher.setAuthTag(sealed.subarray(length));
  decipher.setAAD(additional, { plaintextLength: length });
  const text = decipher.update(sealed.subarray(0, length));
  decipher.final();
  return text;
}
