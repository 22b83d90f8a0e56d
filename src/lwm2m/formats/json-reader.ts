/**
 * A strict JSON reader (RFC 8259) for SenML: numbers keep their text, since `JSON.parse` makes doubles of 64-bit integers, and a
 * member that stands twice is an error, which `JSON.parse` hides.
 *
 * Limits: `formatDepthMax` levels, `formatItemsMax` values, numbers of 400 characters.
 */
import { limits } from '../../base/limits.ts';
import { type FormatError, formatError, isFormatError } from '../format-error.ts';

export type JsonItem =
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' }
  | { readonly kind: 'array'; readonly items: readonly JsonItem[] }
  | { readonly kind: 'object'; readonly members: ReadonlyMap<string, JsonItem> };

interface Reader {
  readonly text: string;
  at: number;
  itemsLeft: number;
}

const blanksPattern = /[ \t\r\n]*/y;
const numberPattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const numberTextMax = 400;
const wordPattern = /true|false|null/y;

/** The one value of a text; anything but blanks after it is an error. */
export function readJson(text: string): JsonItem | FormatError {
  const reader: Reader = { text, at: 0, itemsLeft: limits.formatItemsMax };
  const item = readItem(reader, 0);
  if (isFormatError(item)) return item;
  skipBlanks(reader);
  return reader.at === text.length ? item : syntax(reader);
}

function readItem(reader: Reader, depth: number): JsonItem | FormatError {
  if (depth >= limits.formatDepthMax)
    return formatError('depth', `the JSON is nested deeper than ${limits.formatDepthMax}`);
  if (reader.itemsLeft-- <= 0) return formatError('too-many-entries', 'the JSON has too many values');
  skipBlanks(reader);
  switch (reader.text[reader.at]) {
    case '[':
      return readArray(reader, depth);
    case '{':
      return readObject(reader, depth);
    case '"': {
      const value = readString(reader);
      return value === undefined ? syntax(reader) : { kind: 'text', value };
    }
    default:
      return readNumberOrWord(reader);
  }
}

function readArray(reader: Reader, depth: number): JsonItem | FormatError {
  const items: JsonItem[] = [];
  reader.at++;
  if (takeCharacter(reader, ']')) return { kind: 'array', items };
  do {
    const item = readItem(reader, depth + 1);
    if (isFormatError(item)) return item;
    items.push(item);
  } while (takeCharacter(reader, ','));
  return takeCharacter(reader, ']') ? { kind: 'array', items } : syntax(reader);
}

function readObject(reader: Reader, depth: number): JsonItem | FormatError {
  const members = new Map<string, JsonItem>();
  reader.at++;
  if (takeCharacter(reader, '}')) return { kind: 'object', members };
  do {
    skipBlanks(reader);
    const name = readString(reader);
    if (name === undefined || !takeCharacter(reader, ':')) return syntax(reader);
    const item = readItem(reader, depth + 1);
    if (isFormatError(item)) return item;
    if (members.has(name)) return formatError('duplicate-label', 'a member of a JSON object stands twice');
    members.set(name, item);
  } while (takeCharacter(reader, ','));
  return takeCharacter(reader, '}') ? { kind: 'object', members } : syntax(reader);
}

/** Walks by character: a regular expression over a string of a megabyte could exhaust the engine's own stack. */
function readString(reader: Reader): string | undefined {
  const { text, at } = reader;
  if (text[at] !== '"') return undefined;
  let end = at + 1;
  let escaped = false;
  while (text.charCodeAt(end) !== 0x22) {
    const code = text.charCodeAt(end);
    if (!(code >= 0x20)) return undefined;
    if (code === 0x5c) escaped = true;
    end += code === 0x5c ? 2 : 1;
  }
  reader.at = end + 1;
  const inner = text.slice(at + 1, end);
  return escaped ? withoutEscapes(inner) : inner;
}

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** The text with its escapes resolved, or undefined when one of them is none. */
function withoutEscapes(text: string): string | undefined {
  let result = '';
  let from = 0;
  for (let slash = text.indexOf('\\'); slash >= 0; slash = text.indexOf('\\', from)) {
    result += text.slice(from, slash);
    const letter = text[slash + 1] ?? '';
    const code = text.slice(slash + 2, slash + 6);
    const character =
      letter === 'u' && /^[0-9a-fA-F]{4}$/.test(code)
        ? String.fromCharCode(Number.parseInt(code, 16))
        : escapes[letter];
    if (character === undefined) return undefined;
    result += character;
    from = slash + (letter === 'u' ? 6 : 2);
  }
  return result + text.slice(from);
}

function readNumberOrWord(reader: Reader): JsonItem | FormatError {
  const word = takePattern(reader, wordPattern);
  if (word !== undefined) return word === 'null' ? { kind: 'null' } : { kind: 'boolean', value: word === 'true' };
  const text = takePattern(reader, numberPattern);
  if (text === undefined) return syntax(reader);
  return text.length > numberTextMax ? formatError('value-range', 'a number is too long') : { kind: 'number', text };
}

function takeCharacter(reader: Reader, character: string): boolean {
  skipBlanks(reader);
  if (reader.text[reader.at] !== character) return false;
  reader.at++;
  return true;
}

function takePattern(reader: Reader, pattern: RegExp): string | undefined {
  pattern.lastIndex = reader.at;
  const match = pattern.exec(reader.text)?.[0];
  reader.at += match?.length ?? 0;
  return match;
}

function skipBlanks(reader: Reader): void {
  takePattern(reader, blanksPattern);
}

function syntax(reader: Reader): FormatError {
  return formatError('syntax', `the JSON cannot be read at character ${reader.at}`);
}
