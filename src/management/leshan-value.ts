/**
 * Values in the form that Leshan's clients read and write: type names in upper case, integers and floats as text (a JavaScript
 * client would round them), opaque as hex, times in milliseconds.
 */

import type { LeshanType, LeshanValue } from '../api/leshan/nodes.ts';
import { fromHex, toHex, utf8Decode } from '../base/bytes.ts';
import { isFormatError, parseObjectLink, type ResourceValue, type ValueType, wholeValue } from '../gateway/texts.ts';

const typeNames: Readonly<Record<Exclude<ValueType, 'none'>, LeshanType>> = {
  string: 'STRING',
  integer: 'INTEGER',
  unsigned: 'UNSIGNED_INTEGER',
  float: 'FLOAT',
  boolean: 'BOOLEAN',
  opaque: 'OPAQUE',
  time: 'TIME',
  objlnk: 'OBJLNK',
  corelnk: 'CORELINK',
};

export type ValuePresent = Exclude<ResourceValue, { type: 'none' }>;

const typesByName: ReadonlyMap<string, ValueType> = new Map(
  Object.entries(typeNames).map(([type, name]) => [name, type as ValueType]),
);

/** The type that a name means, in any case; undefined for none of LwM2M's. */
export function leshanType(name: string): ValueType | undefined {
  return typesByName.get(name.toUpperCase());
}

/** Type and value of a resource. Text that came without a type is a string, other untyped bytes are opaque, as Leshan has it. */
export function leshanValue(value: ValuePresent): { readonly type: LeshanType; readonly value: LeshanValue } {
  if (value.type === 'untyped') {
    const text = value.from === 'text' ? utf8Decode(value.value) : undefined;
    return text === undefined ? { type: 'OPAQUE', value: toHex(value.value) } : { type: 'STRING', value: text };
  }
  return { type: typeNames[value.type], value: jsonOf(value) };
}

function jsonOf(value: Exclude<ValuePresent, { type: 'untyped' }>): LeshanValue {
  switch (value.type) {
    case 'integer':
    case 'unsigned':
      return String(value.value);
    case 'float':
      return Object.is(value.value, -0) ? '-0' : String(value.value);
    case 'opaque':
      return toHex(value.value);
    case 'time':
      return value.value * 1_000n;
    case 'objlnk':
      return { objectId: value.value.objectId, objectInstanceId: value.value.instanceId };
    default:
      return value.value;
  }
}

/** The value that a body gives for a type, or the sentence that says why it is none. */
export function parseLeshanValue(type: ValueType, value: unknown): ResourceValue | string {
  switch (type) {
    case 'string':
    case 'corelnk':
      return typeof value === 'string' ? { type, value } : `a ${type} is written as a JSON string`;
    case 'integer':
    case 'unsigned':
      return parseWhole(type, value);
    case 'time':
      return parseTime(value);
    case 'float':
      return parseFloatValue(value);
    case 'boolean':
      return parseBoolean(value);
    case 'opaque':
      return parseOpaque(value);
    case 'objlnk':
      return parseLink(value);
    case 'none':
      return 'NONE is no type of a value';
  }
}

function parseWhole(type: 'integer' | 'unsigned', value: unknown): ResourceValue | string {
  const text =
    typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value)) ? String(value) : value;
  if (typeof text !== 'string' || !/^[+-]?[0-9]{1,20}$/.test(text))
    return 'an integer is written as digits, in a string';
  const whole = wholeValue(BigInt(text.replace('+', '')), type);
  return isFormatError(whole) ? whole.reason : whole;
}

/** Milliseconds, as a number or as digits. LwM2M counts times in seconds, so a fraction of one is refused. */
function parseTime(value: unknown): ResourceValue | string {
  const whole = parseWhole('integer', value);
  if (typeof whole === 'string' || whole.type !== 'integer')
    return 'a time is a whole number of milliseconds since 1970';
  if (whole.value % 1_000n !== 0n) return 'a time has whole seconds: its milliseconds end in 000';
  return { type: 'time', value: whole.value / 1_000n };
}

function parseFloatValue(value: unknown): ResourceValue | string {
  if (typeof value === 'number') return { type: 'float', value };
  if (
    typeof value !== 'string' ||
    !/^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$|^NaN$|^-?Infinity$/.test(value)
  )
    return 'a float is written with a point, like 21.5';
  return { type: 'float', value: Number(value) };
}

function parseBoolean(value: unknown): ResourceValue | string {
  if (typeof value === 'boolean') return { type: 'boolean', value };
  return value === 'true' || value === 'false'
    ? { type: 'boolean', value: value === 'true' }
    : 'a boolean is true or false';
}

function parseOpaque(value: unknown): ResourceValue | string {
  const bytes = typeof value === 'string' ? fromHex(value) : undefined;
  return bytes === undefined
    ? 'an opaque value is written in hex, two digits a byte'
    : { type: 'opaque', value: bytes };
}

function parseLink(value: unknown): ResourceValue | string {
  const text = typeof value === 'string' ? value : linkText(value);
  const link = parseObjectLink(text);
  return link === undefined ? 'an object link is two numbers to 65535, like "66:0"' : { type: 'objlnk', value: link };
}

function linkText(value: unknown): string {
  if (typeof value !== 'object' || value === null || !('objectId' in value) || !('objectInstanceId' in value))
    return '';
  return `${value.objectId}:${value.objectInstanceId}`;
}
