/** Reads what people type after flags: durations, counts, paths. What is wrong is said in their words; nothing is sent then. */
import { parseDuration } from '../api/ages.ts';
import { formatDevicePath, parseDevicePath, splitType } from '../api/device-path.ts';
import { notAPath } from '../api/error-texts.ts';
import { nearestNames } from '../api/nearest.ts';
import { CliError, wrongCall } from './cli-error.ts';

/** Milliseconds of `10s`, `2h`, `1h30m`. */
export function duration(flag: string, text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds !== undefined) return milliseconds;
  throw wrongCall(`${flag} is "${text}", which is not a duration.`, ['For example:  250ms 10s 5m 2h 3d 1h30m']);
}

/** A duration in whole seconds, as the protocol has them. */
export function wholeSeconds(flag: string, text: string): number {
  const milliseconds = duration(flag, text);
  if (milliseconds % 1_000 === 0) return milliseconds / 1_000;
  throw wrongCall(`${flag} is "${text}"; devices know whole seconds only.`);
}

export function count(flag: string, text: string): number {
  if (/^[0-9]{1,9}$/.test(text)) return Number(text);
  throw wrongCall(`${flag} is "${text}", which is not a number.`);
}

/** The id of an operation. */
export function operationId(text: string): number {
  if (/^[0-9]{1,15}$/.test(text)) return Number(text);
  throw wrongCall(`"${text}" is not the id of an operation, which is a number.`, ['All of them:  holdfast operations']);
}

/** The words of a list such as `silent,gone`, each of them a known one. */
export function words<Word extends string>(flag: string, text: string, known: readonly Word[]): readonly Word[] {
  return text.split(',').map((word) => oneWord(flag, word, known));
}

export function oneWord<Word extends string>(flag: string, word: string, known: readonly Word[]): Word {
  const found = known.find((candidate) => candidate === word);
  if (found !== undefined) return found;
  const [nearest] = nearestNames(word, known, 1);
  const hint = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
  const end = hint === '' ? '.' : hint;
  throw wrongCall(`${flag} has no "${word}"${end}`, [`One of:  ${known.join(' ')}`]);
}

/** The canonical text of a path. `/` is one only where `root` says so. */
export function devicePath(text: string, root = false): string {
  const numbers = parseDevicePath(text);
  if (numbers === undefined || (numbers.length === 0 && !root)) throw new CliError(notAPath(text));
  return formatDevicePath(numbers);
}

/** A path that may carry a type: `/33500/0/1:float`. Which types there are, the gateway knows. */
export function typedPath(text: string): { readonly path: string; readonly type: string | null } {
  const { path, type } = splitType(text);
  return { path: devicePath(path), type: type ?? null };
}
