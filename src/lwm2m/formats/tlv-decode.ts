/**
 * Reading application/vnd.oma.lwm2m+tlv (LwM2M 1.2 core 7.4.5). What stands at the top depends on the path of the request:
 *
 *   /O        object instances; bare resources where the object has a single instance
 *   /O/I      resources; also wrapped in their object instance
 *   /O/I/R    one resource, or a multiple resource; also bare resource instances, also wrapped in the object instance
 *   /O/I/R/J  one resource instance; also wrapped in its multiple resource
 *
 * The first form of each line is what we write (`tlv-encode.ts`); all of them are read: devices send them.
 */
import { limits } from '../../base/limits.ts';
import { type FormatError, formatError, isFormatError } from '../format-error.ts';
import type { ObjectModel } from '../objects/model.ts';
import { childOf, depthOf, type ResourcePath, segmentsOf } from '../path.ts';
import type { Entry } from '../value.ts';
import { readTlvLevel, type TlvElement } from './tlv-element.ts';
import { readTlvValue } from './tlv-value.ts';

interface Reading {
  readonly model: ObjectModel;
  readonly entries: Entry[];
}

/** The values of a TLV payload that answers, or is written to, the path `base`. */
export function decodeTlv(payload: Uint8Array, base: ResourcePath, model: ObjectModel): Entry[] | FormatError {
  const elements = readTlvLevel(payload);
  if (isFormatError(elements)) return elements;
  const reading: Reading = { model, entries: [] };
  return readAt(reading, elements, base) ?? reading.entries;
}

function readAt(reading: Reading, elements: readonly TlvElement[], base: ResourcePath): FormatError | undefined {
  switch (depthOf(base)) {
    case 1:
      return readObject(reading, elements, base);
    case 2:
      return readInstance(reading, elements, base);
    case 3:
      return readResource(reading, elements, base);
    case 4:
      return readResourceInstance(reading, elements, base);
    default:
      return formatError('path', 'TLV cannot carry several objects');
  }
}

function readObject(reading: Reading, elements: readonly TlvElement[], base: ResourcePath): FormatError | undefined {
  if (elements.length > 0 && !elements.some((element) => element.kind === 'instance'))
    return readBareResources(reading, elements, base);
  for (const element of elements) {
    if (element.kind !== 'instance') return misplaced(element, base);
    const error = readInside(element, (inner) => readResources(reading, inner, childOf(base, element.id)));
    if (error !== undefined) return error;
  }
  return undefined;
}

/** Resources without their object instance: instance 0, where there can be no other. */
function readBareResources(reading: Reading, elements: readonly TlvElement[], base: ResourcePath) {
  const single = reading.model.object(segmentsOf(base)[0] as number)?.multiple === false;
  if (!single) return formatError('nesting', `resources without object instance, read from ${base}`);
  return readResources(reading, elements, childOf(base, 0));
}

function readInstance(reading: Reading, elements: readonly TlvElement[], base: ResourcePath): FormatError | undefined {
  const wrapper = elements.find((element) => element.kind === 'instance');
  if (wrapper === undefined) return readResources(reading, elements, base);
  if (elements.length > 1 || wrapper.id !== segmentsOf(base)[1]) return otherPath(base);
  return readInside(wrapper, (inner) => readResources(reading, inner, base));
}

function readResources(reading: Reading, elements: readonly TlvElement[], instance: ResourcePath) {
  for (const element of elements) {
    const path = childOf(instance, element.id);
    const error =
      element.kind === 'resource'
        ? addValue(reading, path, element)
        : element.kind === 'multiple-resource'
          ? readInside(element, (inner) => readResourceInstances(reading, inner, path))
          : misplaced(element, instance);
    if (error !== undefined) return error;
  }
  return undefined;
}

function readResourceInstances(reading: Reading, elements: readonly TlvElement[], resource: ResourcePath) {
  for (const element of elements) {
    if (element.kind !== 'resource-instance') return misplaced(element, resource);
    const error = addValue(reading, childOf(resource, element.id), element);
    if (error !== undefined) return error;
  }
  return undefined;
}

function readResource(reading: Reading, elements: readonly TlvElement[], base: ResourcePath): FormatError | undefined {
  const [first] = elements;
  if (first === undefined)
    return reading.model.resource(base)?.multiple ? undefined : formatError('missing-value', `no value for ${base}`);
  // Some devices leave the multiple resource around its instances out.
  if (first.kind === 'resource-instance') return readResourceInstances(reading, elements, base);
  const [, instanceId, resourceId] = segmentsOf(base);
  if (elements.length > 1) return otherPath(base);
  if (first.kind === 'instance')
    return first.id === instanceId
      ? readInside(first, (inner) => readUnwrapped(reading, inner, base))
      : otherPath(base);
  return first.id === resourceId ? readResources(reading, elements, parentOf(base)) : otherPath(base);
}

/** What is left of a resource after its object instance was taken off; a second wrapper is one too many. */
function readUnwrapped(reading: Reading, elements: readonly TlvElement[], base: ResourcePath): FormatError | undefined {
  const wrong = elements.find((element) => element.kind !== 'resource' && element.kind !== 'multiple-resource');
  return wrong === undefined ? readAt(reading, elements, base) : misplaced(wrong, base);
}

function readResourceInstance(reading: Reading, elements: readonly TlvElement[], base: ResourcePath) {
  const [, , resourceId, instanceId] = segmentsOf(base);
  const [first] = elements;
  if (first === undefined) return formatError('missing-value', `no value for ${base}`);
  if (elements.length > 1) return otherPath(base);
  if (first.kind === 'resource-instance')
    return first.id === instanceId ? addValue(reading, base, first) : otherPath(base);
  if (first.kind !== 'multiple-resource' || first.id !== resourceId) return otherPath(base);
  return readInside(first, (inner): FormatError | undefined => {
    const [only] = inner;
    if (only === undefined || inner.length > 1 || only.kind !== 'resource-instance' || only.id !== instanceId)
      return otherPath(base);
    return addValue(reading, base, only);
  });
}

function readInside(
  parent: TlvElement,
  read: (inner: TlvElement[]) => FormatError | undefined,
): FormatError | undefined {
  const inner = readTlvLevel(parent.value);
  if (!isFormatError(inner)) return read(inner);
  if (inner.formatError !== 'truncated') return inner;
  return formatError('nested-length', `the content of ${parent.kind} ${parent.id} does not end where it does`);
}

function addValue(reading: Reading, path: ResourcePath, element: TlvElement): FormatError | undefined {
  if (reading.entries.length >= limits.formatEntriesMax) return formatError('too-many-entries', 'too many values');
  const value = readTlvValue(element.value, reading.model.resource(path)?.type);
  if (isFormatError(value)) return value;
  reading.entries.push({ path, value });
  return undefined;
}

function parentOf(path: ResourcePath): ResourcePath {
  return path.slice(0, path.lastIndexOf('/')) as ResourcePath;
}

function misplaced(element: TlvElement, at: ResourcePath): FormatError {
  return formatError('nesting', `${element.kind} ${element.id} cannot stand in ${at}`);
}

function otherPath(base: ResourcePath): FormatError {
  return formatError('path-mismatch', `the payload names something else than ${base}`);
}
