/**
 * What `write` is to write: `PATH VALUE`, or any number of `PATH=VALUE` within one instance. A value is text, `@file`, `@-`
 * for stdin, or `@@x` for the text `@x`. What a text means, the gateway decides: it knows the types.
 */
import { parseDevicePath } from '../api/device-path.ts';
import type { WrittenValue } from '../api/operation-request.ts';
import { toHex } from '../base/bytes.ts';
import { limits } from '../base/limits.ts';
import { typedPath } from './arguments.ts';
import { wrongCall } from './cli-error.ts';
import type { Io } from './io.ts';
import { readAll, readFileOf } from './read-input.ts';

/** Throws `CliError` for what is wrong; nothing has been sent then. */
export async function writtenValues(io: Io, words: readonly string[]): Promise<readonly WrittenValue[]> {
  const pairs = assignmentPairs(words);
  const stdins = pairs.filter(([, value]) => value === '@-').length;
  if (stdins > 1) throw wrongCall('@- stands for two values, but there is one stdin.');
  const values: WrittenValue[] = [];
  for (const [path, value] of pairs) values.push({ ...typedPath(path), ...(await contentOf(io, value)) });
  checkOneInstance(values);
  return values;
}

type Pair = readonly [path: string, value: string];

function assignmentPairs(words: readonly string[]): readonly Pair[] {
  const [first = '', second] = words;
  if (!first.includes('=') && second !== undefined && words.length === 2) return [[first, second]];
  return words.map((word) => {
    const equals = word.indexOf('=');
    if (equals < 0) throw wrongCall(`"${word}" says no value: write EP PATH VALUE, or EP PATH=VALUE...`, exampleLines);
    return [word.slice(0, equals), word.slice(equals + 1)];
  });
}

const exampleLines = ['For example:  holdfast write meter-17 /3/0/14=+01:00 /3/0/15=Europe/Berlin'];

async function contentOf(io: Io, value: string): Promise<Pick<WrittenValue, 'text' | 'fileHex'>> {
  if (value.startsWith('@@') || !value.startsWith('@')) {
    return { text: value.startsWith('@@') ? value.slice(1) : value, fileHex: null };
  }
  const name = value.slice(1);
  if (name === '') throw wrongCall('"@" names no file; for the text "@" write "@@".');
  const bytes =
    name === '-'
      ? await readAll(io, limits.bodyBytesMax, 'The value on stdin')
      : await readFileOf(name, limits.bodyBytesMax);
  return { text: null, fileHex: toHex(bytes) };
}

function checkOneInstance(values: readonly WrittenValue[]): void {
  const instances = new Set(values.map(({ path }) => (parseDevicePath(path) ?? []).slice(0, 2).join('/')));
  if (instances.size <= 1) return;
  throw wrongCall(
    'one write goes to one object instance; these are of several. Nothing was sent.',
    [...instances].map((instance) => `/${instance}`),
  );
}
