/** application/cbor (LwM2M 1.2 core 7.4.3): one value of a single resource or a resource instance, with its type. */
import { type FormatError, formatError, isFormatError } from '../format-error.ts';
import type { ObjectModel } from '../objects/model.ts';
import { depthOf, type ResourcePath } from '../path.ts';
import type { Entry } from '../value.ts';
import { convertValue } from '../value-conversion.ts';
import { readCbor } from './cbor-reader.ts';
import { valueOfCbor } from './cbor-value.ts';
import { cborValue } from './cbor-writer.ts';

/** The value that a CBOR payload gives for the resource or resource instance `base`. */
export function decodeCbor(payload: Uint8Array, base: ResourcePath, model: ObjectModel): Entry[] | FormatError {
  if (depthOf(base) < 3) return formatError('path', 'plain CBOR carries the value of one resource');
  const item = readCbor(payload);
  if (isFormatError(item)) return item;
  const raw = valueOfCbor(item);
  if (isFormatError(raw)) return raw;
  if (raw.type === 'none') return formatError('type-mismatch', 'null is no value');
  const type = model.resource(base)?.type;
  const value = type === undefined ? raw : convertValue(raw, type);
  return isFormatError(value) ? value : [{ path: base, value }];
}

/** The CBOR of the one value among `entries`. */
export function encodeCbor(entries: readonly Entry[]): Uint8Array | FormatError {
  const [entry] = entries;
  if (entry === undefined || entries.length > 1)
    return formatError('several-values', 'plain CBOR carries exactly one value');
  return cborValue(entry.value);
}
