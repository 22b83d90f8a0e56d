/**
 * Turns a key as it was typed into bytes. What is wrong is said by length and kind only: no part of a key is ever shown.
 * Texts are handled as bytes, so that they can be overwritten.
 */
import { limits } from '../base/limits.ts';

export const keyFormats = ['hex', 'base64', 'text'] as const;
export type KeyFormat = (typeof keyFormats)[number];

export type ParsedKey = { readonly bytes: Uint8Array } | { readonly problem: string };

/** One final line end is not part of the key. */
export function parseKey(typed: Uint8Array, format: KeyFormat): ParsedKey {
  const text = withoutLineEnd(typed);
  if (text.length === 0) return { problem: 'The key is empty: nothing came over stdin.' };
  const parsed =
    format === 'text' ? { bytes: Uint8Array.from(text) } : format === 'hex' ? parseHex(text) : parseBase64(text);
  if ('problem' in parsed) return parsed;
  const { length } = parsed.bytes;
  if (length >= limits.pskBytesMin && length <= limits.pskBytesMax) return parsed;
  parsed.bytes.fill(0);
  return {
    problem: `The key has ${length} byte${length === 1 ? '' : 's'}; ${limits.pskBytesMin} to ${limits.pskBytesMax} are allowed.`,
  };
}

function withoutLineEnd(typed: Uint8Array): Uint8Array {
  let end = typed.length;
  if (typed[end - 1] === 0x0a) end--;
  if (end < typed.length && typed[end - 1] === 0x0d) end--;
  return typed.subarray(0, end);
}

function parseHex(text: Uint8Array): ParsedKey {
  const foreign = text.filter((character) => hexDigit(character) === undefined).length;
  if (foreign > 0) {
    return {
      problem: `The key has ${text.length} characters, ${foreign} of them not hex digits.`,
    };
  }
  if (text.length % 2 === 1) return { problem: `The key has ${text.length} hex digits; two make a byte.` };
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = ((hexDigit(text[2 * i]) ?? 0) << 4) | (hexDigit(text[2 * i + 1]) ?? 0);
  }
  return { bytes };
}

function hexDigit(character: number | undefined): number | undefined {
  if (character === undefined) return undefined;
  if (character >= 0x30 && character <= 0x39) return character - 0x30;
  const lower = character | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : undefined;
}

/** RFC 4648, standard alphabet. */
function parseBase64(text: Uint8Array): ParsedKey {
  const digits = Buffer.from(text.buffer, text.byteOffset, text.length).toString('latin1');
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/.test(digits)) {
    return { problem: `The key has ${text.length} characters that are not base64.` };
  }
  return { bytes: Uint8Array.from(Buffer.from(digits, 'base64')) };
}

/** The digits of a key as bytes, for a body or a file. */
export function hexDigitsOf(key: Uint8Array): Uint8Array {
  const digits = new Uint8Array(key.length * 2);
  const digit = (value: number) => (value < 10 ? 0x30 + value : 0x57 + value);
  for (const [i, byte] of key.entries()) {
    digits[2 * i] = digit(byte >> 4);
    digits[2 * i + 1] = digit(byte & 15);
  }
  return digits;
}
