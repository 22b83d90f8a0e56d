/** CRC-32 (ISO 3309, the polynomial of Ethernet and zip): finds damaged records, proves nothing against an attacker. */
import { utf8Encode } from './bytes.ts';

/** Signed: of 32 bits as they are, nothing has to be made of an intermediate value. */
const table = new Int32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  table[byte] = crc;
}

/** The CRC-32 of `bytes` from `start` on, continuing `seed` (the CRC of what came before). */
export function crc32(bytes: Uint8Array, seed = 0, start = 0): number {
  let crc = ~seed;
  for (let i = start; i < bytes.length; i++) crc = (table[(crc ^ (bytes[i] as number)) & 0xff] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** The CRC-32 of a text as UTF-8. */
export function crc32OfText(text: string): number {
  let crc = ~0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return crc32(utf8Encode(text));
    crc = (table[(crc ^ code) & 0xff] as number) ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}

/** The CRC-32 of one more byte. */
export function crc32OfByte(byte: number, seed: number): number {
  const crc = ~seed >>> 0;
  return ~((table[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8)) >>> 0;
}
