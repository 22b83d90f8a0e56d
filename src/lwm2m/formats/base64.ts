/**
 * Base64 (RFC 4648) over plain byte arrays. Reading takes the standard and the URL alphabet, with or without padding: devices
 * mix them. Writing is exact: the text format wants the standard form with padding, SenML the URL form without.
 */

const standardAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const urlAlphabet = `${standardAlphabet.slice(0, 62)}-_`;

const valueOfCharacter = new Int8Array(128).fill(-1);
for (const alphabet of [standardAlphabet, urlAlphabet])
  for (let i = 0; i < 64; i++) valueOfCharacter[alphabet.charCodeAt(i)] = i;

/** The bytes of a base64 text, or undefined when it is none. */
export function fromBase64(text: string): Uint8Array | undefined {
  const digits = withoutPadding(text);
  if (digits === undefined || digits % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((digits * 3) / 4));
  let bits = 0;
  let bitCount = 0;
  let at = 0;
  for (let i = 0; i < digits; i++) {
    const value = valueOfCharacter[text.charCodeAt(i)] ?? -1;
    if (value < 0) return undefined;
    bits = ((bits << 6) | value) & 0xffff;
    bitCount += 6;
    if (bitCount >= 8) {
      bitCount -= 8;
      bytes[at++] = (bits >> bitCount) & 0xff;
    }
  }
  return bytes;
}

/** Standard alphabet with padding. */
export function toBase64(bytes: Uint8Array): string {
  const digits = digitsOf(bytes, standardAlphabet);
  return digits.padEnd(Math.ceil(digits.length / 4) * 4, '=');
}

/** URL alphabet without padding. */
export function toBase64Url(bytes: Uint8Array): string {
  return digitsOf(bytes, urlAlphabet);
}

function withoutPadding(text: string): number | undefined {
  if (!text.endsWith('=')) return text.length;
  if (text.length % 4 !== 0) return undefined;
  return text.endsWith('==') ? text.length - 2 : text.length - 1;
}

function digitsOf(bytes: Uint8Array, alphabet: string): string {
  let text = '';
  let bits = 0;
  let bitCount = 0;
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0xffff;
    bitCount += 8;
    while (bitCount >= 6) {
      bitCount -= 6;
      text += alphabet[(bits >> bitCount) & 0x3f];
    }
  }
  return bitCount === 0 ? text : text + alphabet[(bits << (6 - bitCount)) & 0x3f];
}
