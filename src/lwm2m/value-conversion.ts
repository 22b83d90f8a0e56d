/**
 * Brings a value as it came over the wire to the type that the object's definition gives. Only what loses nothing is converted
 * (an integral float is an integer, `"66:0"` an object link); everything else is a `FormatError`, never a guess.
 */
import { type FormatError, formatError } from './format-error.ts';
import {
  integerMax,
  integerMin,
  noValue,
  parseObjectLink,
  type ResourceValue,
  unsignedMax,
  type ValueType,
} from './value.ts';

/** `value` as a value of `type`, or why it is none (`type-mismatch`, `value-range`). */
export function convertValue(value: ResourceValue, type: ValueType): ResourceValue | FormatError {
  switch (type) {
    case 'integer':
    case 'unsigned':
    case 'time':
      return toWhole(value, type);
    case 'float':
      return toFloat(value);
    case 'objlnk':
      return toObjectLink(value);
    case 'string':
    case 'corelnk':
      return value.type === 'string' || value.type === 'corelnk' ? { type, value: value.value } : mismatch(value, type);
    case 'none':
      return value.type === 'none' ? noValue : value;
    default:
      return value.type === type ? value : mismatch(value, type);
  }
}

/** An integer, unsigned integer or time of a whole number, within its 64 bits. */
export function wholeValue(value: bigint, type: 'integer' | 'unsigned' | 'time'): ResourceValue | FormatError {
  const fits = type === 'unsigned' ? value >= 0n && value <= unsignedMax : value >= integerMin && value <= integerMax;
  return fits ? { type, value } : formatError('value-range', `${value} does not fit a 64-bit ${type}`);
}

function toWhole(value: ResourceValue, type: 'integer' | 'unsigned' | 'time'): ResourceValue | FormatError {
  switch (value.type) {
    case 'integer':
    case 'unsigned':
    case 'time':
      return wholeValue(value.value, type);
    case 'float':
      if (!Number.isInteger(value.value)) return formatError('value-range', `${value.value} is not a whole number`);
      return wholeValue(BigInt(value.value), type);
    default:
      return mismatch(value, type);
  }
}

function toFloat(value: ResourceValue): ResourceValue | FormatError {
  if (value.type === 'float') return value;
  if (value.type === 'integer' || value.type === 'unsigned') return { type: 'float', value: Number(value.value) };
  return mismatch(value, 'float');
}

function toObjectLink(value: ResourceValue): ResourceValue | FormatError {
  if (value.type === 'objlnk') return value;
  if (value.type !== 'string') return mismatch(value, 'objlnk');
  const link = parseObjectLink(value.value);
  return link === undefined
    ? formatError('value-range', 'an object link is two numbers to 65535, like 66:0')
    : { type: 'objlnk', value: link };
}

function mismatch(value: ResourceValue, type: ValueType): FormatError {
  return formatError('type-mismatch', `the definition says ${type}, the payload holds ${value.type}`);
}
