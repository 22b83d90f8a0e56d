/** Makes texts fit into a number of columns. Only for terminals: what a script reads is never cut. */

/** Characters as people count them, near enough: code points. */
export function widthOf(text: string): number {
  return [...text].length;
}

/** Keeps the beginning. */
export function cutEnd(text: string, width: number, ellipsis: string): string {
  if (widthOf(text) <= width) return text;
  return [...text].slice(0, Math.max(0, width - ellipsis.length)).join('') + ellipsis;
}

/** A name's beginning says what kind it is; this much of it stays even where little fits. */
const headMin = 11;

/** Keeps the beginning and, as names of one kind differ at their end, something of the end: `urn:uuid:1a2b3c4d…c0ffee`. */
export function cutMiddle(text: string, width: number, ellipsis: string): string {
  const characters = [...text];
  if (characters.length <= width) return text;
  const kept = Math.max(2, width - ellipsis.length);
  const tail = Math.max(1, Math.ceil((kept - headMin) / 2));
  return characters.slice(0, kept - tail).join('') + ellipsis + characters.slice(-tail).join('');
}
