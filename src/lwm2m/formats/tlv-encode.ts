/**
 * Writing application/vnd.oma.lwm2m+tlv (LwM2M 1.2 core 7.4.5): always the shortest lengths, object instances only where the path
 * is an object, the wrapper of a multiple resource whatever the number of its instances.
 */
import { concat } from '../../base/bytes.ts';
import { type FormatError, formatError, isFormatError } from '../format-error.ts';
import { depthOf, type ResourcePath, segmentsOf } from '../path.ts';
import type { Entry } from '../value.ts';
import { type TlvKind, writeTlvElement } from './tlv-element.ts';
import { writeTlvValue } from './tlv-value.ts';

/**
 * The payload that carries `entries` (all at or below `base`) to `base`. `withoutInstance` leaves the object instance of a Create
 * out, so that the device chooses its identifier.
 */
export function encodeTlv(
  base: ResourcePath,
  entries: readonly Entry[],
  withoutInstance = false,
): Uint8Array | FormatError {
  const depth = depthOf(base);
  if (depth === 0) return formatError('path', 'TLV cannot carry several objects');
  if (depth === 1 && !withoutInstance)
    return writeLevel(groupBy(entries, 1), 'instance', (inside) => writeResources(inside));
  if (depth <= 2) return writeResources(entries);
  if (depth === 3 && entries[0]?.path !== base) return writeMultiple(segmentsOf(base)[2] as number, entries);
  return writeLevel(groupBy(entries, depth - 1), depth === 3 ? 'resource' : 'resource-instance', writeOne);
}

function writeResources(entries: readonly Entry[]): Uint8Array | FormatError {
  const parts: Uint8Array[] = [];
  for (const [id, inside] of groupBy(entries, 2)) {
    const single = inside.length === 1 && depthOf((inside[0] as Entry).path) === 3;
    const part = single ? writeElement('resource', id, writeOne(inside)) : writeMultiple(id, inside);
    if (isFormatError(part)) return part;
    parts.push(part);
  }
  return concat(...parts);
}

function writeMultiple(id: number, entries: readonly Entry[]): Uint8Array | FormatError {
  if (entries.some((entry) => depthOf(entry.path) !== 4))
    return formatError('duplicate', `resource ${id} has one value or several instances, not both`);
  return writeElement('multiple-resource', id, writeLevel(groupBy(entries, 3), 'resource-instance', writeOne));
}

function writeLevel(
  groups: ReadonlyMap<number, readonly Entry[]>,
  kind: TlvKind,
  write: (inside: readonly Entry[]) => Uint8Array | FormatError,
): Uint8Array | FormatError {
  const parts: Uint8Array[] = [];
  for (const [id, inside] of groups) {
    const part = writeElement(kind, id, write(inside));
    if (isFormatError(part)) return part;
    parts.push(part);
  }
  return concat(...parts);
}

function writeElement(kind: TlvKind, id: number, value: Uint8Array | FormatError): Uint8Array | FormatError {
  return isFormatError(value) ? value : writeTlvElement(kind, id, value);
}

function writeOne(entries: readonly Entry[]): Uint8Array | FormatError {
  const [entry] = entries;
  if (entry === undefined || entries.length > 1) return formatError('duplicate', 'TLV carries one value a path');
  return writeTlvValue(entry.value);
}

/** The entries by their identifier at one level, in the order of first appearance. */
function groupBy(entries: readonly Entry[], level: number): Map<number, Entry[]> {
  const groups = new Map<number, Entry[]>();
  for (const entry of entries) {
    const id = segmentsOf(entry.path)[level];
    if (id === undefined) continue;
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [entry]);
    else group.push(entry);
  }
  return groups;
}
