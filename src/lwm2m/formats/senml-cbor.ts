/** application/senml+cbor and its ETCH form (LwM2M 1.2 core 7.4.7): the labels are small integers, only `vlo` is a text. */
import { concat } from '../../base/bytes.ts';
import { type FormatError, formatError, isFormatError } from '../format-error.ts';
import type { ResourcePath } from '../path.ts';
import type { Entry, ResourceValue } from '../value.ts';
import { type CborItem, readCbor } from './cbor-reader.ts';
import { valueOfCbor } from './cbor-value.ts';
import { cborFloat, cborHead, cborInteger, cborText, cborValue } from './cbor-writer.ts';
import { entriesOfPack, mayBeEmpty, type SenmlContext, type SenmlRecord } from './senml.ts';
import { type SenmlDraft, senmlKeys, takeLabel } from './senml-labels.ts';
import { namesOf } from './senml-names.ts';

const labelOfKey: ReadonlyMap<bigint, string> = new Map([...senmlKeys].map(([label, key]) => [BigInt(key), label]));

/** The entries of a SenML-CBOR pack; zero bytes are an empty pack. */
export function decodeSenmlCbor(payload: Uint8Array, context: SenmlContext): Entry[] | FormatError {
  if (payload.length === 0 && mayBeEmpty(context)) return [];
  const pack = readCbor(payload);
  if (isFormatError(pack)) return pack;
  if (pack.kind !== 'array') return formatError('syntax', 'a SenML pack is an array');
  return entriesOfPack(pack.items, recordOf, context);
}

function recordOf(item: CborItem): SenmlRecord | FormatError {
  if (item.kind !== 'map') return formatError('syntax', 'a SenML record is a map');
  const record: SenmlDraft = { values: 0 };
  const seen = new Set<string>();
  for (const [key, member] of item.entries) {
    const label = labelOf(key);
    if (typeof label === 'object') return label;
    if (seen.has(label)) return formatError('duplicate-label', 'a label stands twice in one record');
    seen.add(label);
    if (!senmlKeys.has(label) && label !== 'vlo' && !label.endsWith('_')) continue;
    const value = valueOfCbor(member);
    const error = isFormatError(value) ? value : takeLabel(record, label, { value });
    if (error !== undefined) return error;
  }
  return record;
}

/** The label of a map key; keys that are none of SenML's keep a name of their own, so that duplicates are still seen. */
function labelOf(key: CborItem): string | FormatError {
  if (key.kind === 'integer') return labelOfKey.get(key.value) ?? `key ${key.value}`;
  if (key.kind !== 'text') return formatError('label', 'a label is neither a number nor a text');
  return senmlKeys.has(key.value) ? formatError('label', 'a label of SenML-JSON stands in SenML-CBOR') : key.value;
}

/** The pack of `entries`; with `namesOnly` the list of a composite request. */
export function encodeSenmlCbor(base: ResourcePath, entries: readonly Entry[], rootPath: string, namesOnly: boolean) {
  const parts: Uint8Array[] = [cborHead(4, entries.length)];
  for (const { entry, baseName, name } of namesOf(base, entries, rootPath, namesOnly)) {
    const members: Uint8Array[] = [];
    const add = (label: string, value: Uint8Array): void => void members.push(keyOf(label), value);
    if (baseName !== undefined) add('bn', cborText(baseName));
    if (name !== undefined) add('n', cborText(name));
    if (!namesOnly) {
      if (entry.timeSeconds !== undefined) add('t', cborTime(entry.timeSeconds));
      const label = valueLabel(entry.value);
      if (typeof label === 'object') return label;
      add(label, cborValue(entry.value));
    }
    parts.push(concat(cborHead(5, members.length / 2), ...members));
  }
  return concat(...parts);
}

function keyOf(label: string): Uint8Array {
  const key = senmlKeys.get(label);
  return key === undefined ? cborText(label) : cborInteger(BigInt(key));
}

function cborTime(seconds: number): Uint8Array {
  return Number.isSafeInteger(seconds) ? cborInteger(BigInt(seconds)) : cborFloat(seconds);
}

function valueLabel(value: ResourceValue): string | FormatError {
  switch (value.type) {
    case 'string':
    case 'corelnk':
      return 'vs';
    case 'boolean':
      return 'vb';
    case 'opaque':
      return 'vd';
    case 'objlnk':
      return 'vlo';
    case 'untyped':
      return formatError('unknown-type', 'SenML needs the type of a value');
    default:
      return 'v';
  }
}
