/**
 * What devices say is data: before it reaches a terminal or a table, whatever could move the cursor, change colours, break a
 * line or turn the direction of writing is shown as its code.
 */

/** C0 and C1 controls, DEL, and Unicode's line separators and direction marks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is what this is for.
const unsafe = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The text with control characters as `\x1b` and direction marks as `\u202e`. */
export function escapeText(text: string): string {
  return text.replaceAll(unsafe, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}
