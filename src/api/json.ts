/**
 * JSON with whole numbers of 64 bits. JavaScript rounds above 2^53, so such integers are `bigint` here, and plain JSON numbers
 * on the wire.
 */

const mark = '\u0000integer';
/** A string, or a number; strings are matched so that digits inside them are left alone. */
const stringOrNumber = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const markedInteger = /"\\u0000integer(-?\d+)"/g;

/** Like `JSON.stringify` without indentation; a `bigint` becomes a JSON number with all its digits. */
export function stringifyJson(value: unknown): string {
  const text = JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'bigint' ? mark + inner.toString() : escapeMark(inner),
  );
  return text.replaceAll(markedInteger, '$1');
}

/** Like `JSON.parse`; integers outside the safe range become `bigint`. Throws `SyntaxError` as it does. */
export function parseJson(text: string): unknown {
  const marked = text.replaceAll(stringOrNumber, (token) => {
    const isInteger = /^-?\d+$/.test(token);
    return isInteger && !Number.isSafeInteger(Number(token)) ? `"\\u0000integer${token}"` : token;
  });
  if (marked === text) return JSON.parse(text);
  return JSON.parse(marked, (_, value: unknown) =>
    typeof value === 'string' && /^\0integer-?\d+$/.test(value) ? BigInt(value.slice(mark.length)) : value,
  );
}

/** A device's string that looks like our mark is not one: it gets a second NUL, harmless and still visible as escaped. */
function escapeMark(value: unknown): unknown {
  return typeof value === 'string' && value.startsWith(mark) ? `\u0000${value}` : value;
}

/** The lines of an array that is written one element a line: `[`, elements with a comma after all but the last, `]`. */
export const arrayLines = {
  open: '[\n',
  /** Stands before each element. */
  element: (json: string, first: boolean) => (first ? json : `,\n${json}`),
  close: (empty: boolean) => (empty ? ']\n' : '\n]\n'),
} as const;

/** The element in a line of such an array, or undefined for its brackets. */
export function elementOfLine(line: string): string | undefined {
  const element = line.endsWith(',') ? line.slice(0, -1) : line;
  return element === '[' || element === ']' || element === '' ? undefined : element;
}
