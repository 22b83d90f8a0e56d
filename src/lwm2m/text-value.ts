/**
 * Values as people type them: `21.5`, `0x2a`, `true`, `base64:Cv8=`, `2026-11-22T18:00:00Z`, `now`, `3303:0`. The decimal sign is
 * always a point, there are no separators, and nothing is guessed: what is not exactly a value of the type is refused.
 */
import { fromHex, utf8Encode } from '../base/bytes.ts';
import { limits } from '../base/limits.ts';
import { secondsOfDateTime } from './date-time.ts';
import { fromBase64 } from './formats/base64.ts';
import { parseObjectLink, type ResourceValue, type ValueType } from './value.ts';
import { wholeValue } from './value-conversion.ts';

/** The text is no value of the type. `hint` says what to do, where that is known: `Use a point:  21.5`. */
export interface NotAValue {
  readonly hint: string | undefined;
}

const wholePattern = /^-?(?:[0-9]{1,20}|0x[0-9a-fA-F]{1,16})$/;
const floatPattern = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?$/;
const floatTextMax = 400;
const specialFloats: ReadonlyMap<string, number> = new Map([
  ['nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
]);
const base64Prefix = 'base64:';

/**
 * The value of type `type` that a text stands for. `wallSeconds` is what `now` means, in seconds since 1970; undefined while no
 * clock is trusted.
 */
export function parseTextValue(
  text: string,
  type: ValueType,
  wallSeconds: number | undefined,
): ResourceValue | NotAValue {
  switch (type) {
    case 'string':
    case 'corelnk':
      return utf8Encode(text).length > limits.bodyBytesMax ? not() : { type, value: text };
    case 'integer':
    case 'unsigned':
      return parseWhole(text, type);
    case 'float':
      return parseFloatText(text);
    case 'boolean':
      return parseBoolean(text);
    case 'opaque':
      return parseOpaque(text);
    case 'time':
      return parseTime(text, wallSeconds);
    case 'objlnk': {
      const value = parseObjectLink(text);
      return value === undefined ? not('Object and instance:  3303:0') : { type, value };
    }
    case 'none':
      return not('An executable resource has no value:  holdfast execute');
  }
}

export function isNotAValue(result: ResourceValue | NotAValue): result is NotAValue {
  return !('type' in result);
}

function parseWhole(text: string, type: 'integer' | 'unsigned'): ResourceValue | NotAValue {
  if (!wholePattern.test(text))
    return not(/^[+-]?[0-9]+[.,][0-9]+$/.test(text) ? 'It takes whole numbers only.' : undefined);
  const value = wholeValue(wholeOf(text), type);
  const range = type === 'unsigned' ? '0 to 18446744073709551615' : '-9223372036854775808 to 9223372036854775807';
  return 'formatError' in value ? not(`It is a number from ${range}.`) : value;
}

function wholeOf(text: string): bigint {
  return text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text);
}

function parseFloatText(text: string): ResourceValue | NotAValue {
  const special = specialFloats.get(text.toLowerCase());
  if (special !== undefined) return { type: 'float', value: special };
  const value = text.length <= floatTextMax && floatPattern.test(text) ? Number(text) : Number.NaN;
  if (Number.isFinite(value)) return { type: 'float', value };
  return not(/^[+-]?[0-9]+,[0-9]+$/.test(text) ? `Use a point:  ${text.replace(',', '.')}` : undefined);
}

function parseBoolean(text: string): ResourceValue | NotAValue {
  if (text === 'true' || text === '1') return { type: 'boolean', value: true };
  if (text === 'false' || text === '0') return { type: 'boolean', value: false };
  return not('One of:  true false 1 0');
}

function parseOpaque(text: string): ResourceValue | NotAValue {
  const isBase64 = text.startsWith(base64Prefix);
  const value = isBase64 ? fromBase64(text.slice(base64Prefix.length)) : fromHex(text);
  if (value !== undefined) return { type: 'opaque', value };
  if (!isBase64 && /^[0-9a-fA-F]+$/.test(text)) return not(`It has ${text.length} hex digits; two make a byte.`);
  return not('Hex, base64:..., or a file:  0aff  base64:Cv8=  @FILE');
}

function parseTime(text: string, wallSeconds: number | undefined): ResourceValue | NotAValue {
  if (text === 'now')
    return wallSeconds === undefined
      ? not('The clock is not trusted; say the time itself.')
      : { type: 'time', value: BigInt(Math.floor(wallSeconds)) };
  if (/^-?[0-9]{1,19}$/.test(text)) {
    const value = wholeValue(BigInt(text), 'time');
    return 'formatError' in value ? not() : value;
  }
  const seconds = secondsOfDateTime(text);
  if (seconds !== undefined) return { type: 'time', value: BigInt(seconds) };
  const withoutZone = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?$/.test(text);
  return not(
    withoutZone ? `Say the zone:  ${text.replace(' ', 'T')}Z` : 'For example:  2026-11-22T18:00:00Z  1795370400  now',
  );
}

function not(hint?: string): NotAValue {
  return { hint };
}
