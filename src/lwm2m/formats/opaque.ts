/** application/octet-stream (LwM2M 1.2 core 7.4.2): the bytes of one opaque resource, nothing around them. */
import { type FormatError, formatError } from '../format-error.ts';
import type { ObjectModel } from '../objects/model.ts';
import { depthOf, type ResourcePath } from '../path.ts';
import type { Entry } from '../value.ts';

/** The bytes as the value of `base`. A resource that its definition gives another type is refused (`type-mismatch`). */
export function decodeOpaque(payload: Uint8Array, base: ResourcePath, model: ObjectModel): Entry[] | FormatError {
  if (depthOf(base) < 3) return formatError('path', 'octets carry the value of one resource');
  const type = model.resource(base)?.type ?? 'opaque';
  if (type !== 'opaque' && type !== 'none')
    return formatError('type-mismatch', `octets for a resource of type ${type}`);
  return [{ path: base, value: { type: 'opaque', value: payload } }];
}

/** The bytes of the one opaque value among `entries`. */
export function encodeOpaque(entries: readonly Entry[]): Uint8Array | FormatError {
  const [entry] = entries;
  if (entry === undefined || entries.length > 1) return formatError('several-values', 'octets carry exactly one value');
  const { value } = entry;
  if (value.type === 'opaque' || value.type === 'untyped') return value.value;
  return formatError('type-mismatch', `octets cannot carry a value of type ${value.type}`);
}
