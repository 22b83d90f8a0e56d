/** What a CBOR item says as a value of ours, before the definition has its word (LwM2M 1.2 core appendix C). */
import { secondsOfDateTime } from '../date-time.ts';
import { type FormatError, formatError } from '../format-error.ts';
import { integerMax, noValue, type ResourceValue, unsignedMax } from '../value.ts';
import type { CborItem } from './cbor-reader.ts';

/** The value of a scalar, of a tagged time (tags 0 and 1) or of a decimal fraction (tag 4). Null is no value. */
export function valueOfCbor(item: CborItem): ResourceValue | FormatError {
  switch (item.kind) {
    case 'integer':
      return wholeOf(item.value);
    case 'float':
      return { type: 'float', value: item.value };
    case 'bytes':
      return { type: 'opaque', value: item.value };
    case 'text':
      return { type: 'string', value: item.value };
    case 'boolean':
      return { type: 'boolean', value: item.value };
    case 'null':
      return noValue;
    case 'tag':
      return taggedValue(item.tag, item.item);
    default:
      return formatError('type-mismatch', `a value cannot be a CBOR ${item.kind}`);
  }
}

function wholeOf(value: bigint): ResourceValue | FormatError {
  if (value < -(2n ** 63n) || value > unsignedMax) return formatError('value-range', `${value} has more than 64 bits`);
  return { type: value > integerMax ? 'unsigned' : 'integer', value };
}

function taggedValue(tag: bigint, item: CborItem): ResourceValue | FormatError {
  switch (tag) {
    case 0n:
      return item.kind === 'text' ? timeOfText(item.value) : formatError('type-mismatch', 'a tagged date is a text');
    case 1n:
      return timeOfNumber(item);
    case 2n:
    case 3n:
      return formatError('value-range', 'a big number has more than 64 bits');
    case 4n:
      return decimalFraction(item);
    default:
      return formatError('type-mismatch', `tag ${tag} has no meaning here`);
  }
}

function timeOfNumber(item: CborItem): ResourceValue | FormatError {
  if (item.kind === 'integer' && item.value <= integerMax && item.value >= -integerMax)
    return { type: 'time', value: item.value };
  if (item.kind === 'float' && Number.isFinite(item.value))
    return { type: 'time', value: BigInt(Math.floor(item.value)) };
  return formatError('type-mismatch', 'a tagged time is a number of seconds');
}

function timeOfText(text: string): ResourceValue | FormatError {
  const seconds = secondsOfDateTime(text);
  return seconds === undefined
    ? formatError('value-range', 'the tagged date is none of RFC 3339')
    : { type: 'time', value: BigInt(seconds) };
}

/** `[exponent, mantissa]`: mantissa times ten to the exponent (RFC 8949 section 3.4.4). */
function decimalFraction(item: CborItem): ResourceValue | FormatError {
  const [exponent, mantissa] = item.kind === 'array' && item.items.length === 2 ? item.items : [];
  if (exponent?.kind !== 'integer' || mantissa?.kind !== 'integer')
    return formatError('type-mismatch', 'a decimal fraction is an array of two integers');
  const value = Number(`${mantissa.value}e${exponent.value}`);
  return Number.isFinite(value)
    ? { type: 'float', value }
    : formatError('value-range', 'the decimal fraction is too large');
}
