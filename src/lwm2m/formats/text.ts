/**
 * text/plain (LwM2M 1.2 core 7.4.1, appendix C): one value of a single resource or a resource instance. The text carries no type,
 * the definition does; without one the bytes are kept as they came.
 */
import { utf8Decode, utf8Encode } from '../../base/bytes.ts';
import { type FormatError, formatError } from '../format-error.ts';
import type { ObjectModel } from '../objects/model.ts';
import { depthOf, type ResourcePath } from '../path.ts';
import { type Entry, objectLinkText, parseObjectLink, type ResourceValue, type ValueType } from '../value.ts';
import { wholeValue } from '../value-conversion.ts';
import { fromBase64, toBase64 } from './base64.ts';

const wholePattern = /^-?[0-9]{1,20}$/;
const floatPattern = /^-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?$/;
const floatTextMax = 400;

/** The value that a text payload gives for the resource or resource instance `base`. */
export function decodeText(payload: Uint8Array, base: ResourcePath, model: ObjectModel): Entry[] | FormatError {
  if (depthOf(base) < 3) return formatError('path', 'a text carries the value of one resource');
  const text = utf8Decode(payload);
  if (text === undefined) return formatError('utf8', 'the text is not UTF-8');
  const type = model.resource(base)?.type;
  const value: ResourceValue | FormatError =
    type === undefined || type === 'none' ? { type: 'untyped', value: payload, from: 'text' } : valueOfText(text, type);
  return 'formatError' in value ? value : [{ path: base, value }];
}

/** The text of the one value among `entries`. */
export function encodeText(entries: readonly Entry[]): Uint8Array | FormatError {
  const [entry] = entries;
  if (entry === undefined || entries.length > 1)
    return formatError('several-values', 'a text carries exactly one value');
  if (entry.value.type === 'untyped') return entry.value.value;
  const text = textOfValue(entry.value);
  return typeof text === 'string' ? utf8Encode(text) : text;
}

function valueOfText(text: string, type: Exclude<ValueType, 'none'>): ResourceValue | FormatError {
  switch (type) {
    case 'string':
    case 'corelnk':
      return { type, value: text };
    case 'integer':
    case 'unsigned':
    case 'time':
      return wholePattern.test(text) ? wholeValue(BigInt(text), type) : noSuchValue(type);
    case 'float':
      return floatOfText(text);
    case 'boolean':
      return text === '1' || text === '0' ? { type, value: text === '1' } : noSuchValue(type);
    case 'opaque': {
      const value = fromBase64(text);
      return value === undefined ? formatError('base64', 'the text of an opaque resource is base64') : { type, value };
    }
    case 'objlnk': {
      const value = parseObjectLink(text);
      return value === undefined ? noSuchValue(type) : { type, value };
    }
  }
}

function floatOfText(text: string): ResourceValue | FormatError {
  if (text.length > floatTextMax || !floatPattern.test(text)) return noSuchValue('float');
  const value = Number(text);
  return Number.isFinite(value) ? { type: 'float', value } : noSuchValue('float');
}

function noSuchValue(type: ValueType): FormatError {
  return formatError('value-range', `the text is no ${type}`);
}

function textOfValue(value: Exclude<ResourceValue, { type: 'untyped' }>): string | FormatError {
  switch (value.type) {
    case 'string':
    case 'corelnk':
      return value.value;
    case 'integer':
    case 'unsigned':
    case 'time':
      return value.value.toString();
    case 'float':
      return decimalText(value.value) ?? formatError('value-range', 'text has no form for NaN and infinities');
    case 'boolean':
      return value.value ? '1' : '0';
    case 'opaque':
      return toBase64(value.value);
    case 'objlnk':
      return objectLinkText(value.value);
    case 'none':
      return '';
  }
}

/** The shortest decimal that reads back as `value`, never with an exponent (the format has none); undefined for NaN and infinities. */
export function decimalText(value: number): string | undefined {
  if (!Number.isFinite(value)) return undefined;
  const shortest = String(value);
  const parts = /^(-?)([0-9])(?:\.([0-9]+))?e([+-][0-9]+)$/.exec(shortest);
  if (parts === null) return shortest;
  const [, sign = '', first = '', rest = '', exponentText = '0'] = parts;
  const digits = first + rest;
  const exponent = Number(exponentText);
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  return sign + digits.padEnd(exponent + 1, '0');
}
