/** application/senml+json and its ETCH form (LwM2M 1.2 core 7.4.6). Opaque is base64url; integers keep their 64 bits. */
import { utf8Decode, utf8Encode } from '../../base/bytes.ts';
import { type FormatError, formatError, isFormatError } from '../format-error.ts';
import type { ResourcePath } from '../path.ts';
import { type Entry, noValue, objectLinkText, type ResourceValue } from '../value.ts';
import { fromBase64, toBase64Url } from './base64.ts';
import { exactWhole, valueOfJsonNumber } from './json-number.ts';
import { type JsonItem, readJson } from './json-reader.ts';
import { entriesOfPack, mayBeEmpty, type SenmlContext, type SenmlRecord } from './senml.ts';
import { type LabelValue, type SenmlDraft, senmlKeys, takeLabel } from './senml-labels.ts';
import { namesOf } from './senml-names.ts';

/** The entries of a SenML-JSON pack; zero bytes are an empty pack. */
export function decodeSenmlJson(payload: Uint8Array, context: SenmlContext): Entry[] | FormatError {
  if (payload.length === 0 && mayBeEmpty(context)) return [];
  const text = utf8Decode(payload);
  if (text === undefined) return formatError('utf8', 'the JSON is not UTF-8');
  const pack = readJson(text);
  if (isFormatError(pack)) return pack;
  if (pack.kind !== 'array') return formatError('syntax', 'a SenML pack is an array');
  return entriesOfPack(pack.items, recordOf, context);
}

function recordOf(item: JsonItem): SenmlRecord | FormatError {
  if (item.kind !== 'object') return formatError('syntax', 'a SenML record is an object');
  const record: SenmlDraft = { values: 0 };
  for (const [label, member] of item.members) {
    if (!senmlKeys.has(label) && label !== 'vlo' && !label.endsWith('_')) continue;
    const value = labelValue(label, member);
    const error = isFormatError(value) ? value : takeLabel(record, label, value);
    if (error !== undefined) return error;
  }
  return record;
}

function labelValue(label: string, item: JsonItem): LabelValue | FormatError {
  switch (item.kind) {
    case 'number':
      return numberValue(item.text);
    case 'text':
      return label === 'vd' ? opaqueValue(item.value) : { value: { type: 'string', value: item.value } };
    case 'boolean':
      return { value: { type: 'boolean', value: item.value } };
    case 'null':
      return { value: noValue };
    default:
      return formatError('type-mismatch', `the label "${label}" holds an ${item.kind}`);
  }
}

function numberValue(text: string): LabelValue | FormatError {
  const value = valueOfJsonNumber(text);
  if (isFormatError(value)) return value;
  const exact = value.type === 'float' ? exactWhole(text) : undefined;
  return exact === undefined ? { value } : { value, exact };
}

function opaqueValue(text: string): LabelValue | FormatError {
  const value = fromBase64(text);
  return value === undefined
    ? formatError('base64', 'the label "vd" holds no base64')
    : { value: { type: 'opaque', value } };
}

/** The pack of `entries`; with `namesOnly` the list of a composite request. */
export function encodeSenmlJson(base: ResourcePath, entries: readonly Entry[], rootPath: string, namesOnly: boolean) {
  const records: string[] = [];
  for (const { entry, baseName, name } of namesOf(base, entries, rootPath, namesOnly)) {
    const members = [];
    if (baseName !== undefined) members.push(`"bn":${JSON.stringify(baseName)}`);
    if (name !== undefined) members.push(`"n":${JSON.stringify(name)}`);
    if (!namesOnly) {
      if (entry.timeSeconds !== undefined) members.push(`"t":${entry.timeSeconds}`);
      const member = valueMember(entry.value);
      if (typeof member !== 'string') return member;
      members.push(member);
    }
    records.push(`{${members.join(',')}}`);
  }
  return utf8Encode(`[${records.join(',')}]`);
}

function valueMember(value: ResourceValue): string | FormatError {
  switch (value.type) {
    case 'string':
    case 'corelnk':
      return `"vs":${JSON.stringify(value.value)}`;
    case 'integer':
    case 'unsigned':
    case 'time':
      return `"v":${value.value}`;
    case 'float':
      return Number.isFinite(value.value)
        ? `"v":${value.value}`
        : formatError('value-range', 'JSON has no form for NaN and infinities');
    case 'boolean':
      return `"vb":${value.value}`;
    case 'opaque':
      return `"vd":"${toBase64Url(value.value)}"`;
    case 'objlnk':
      return `"vlo":"${objectLinkText(value.value)}"`;
    case 'none':
      return '"v":null';
    case 'untyped':
      return formatError('unknown-type', 'SenML needs the type of a value');
  }
}
