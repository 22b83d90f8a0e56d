/**
 * The requests that change a device: Write (Replace, Partial Update), Write-Attributes, Execute, Create and Delete (LwM2M 1.2 core
 * 6.3.3 to 6.3.8, transport 6.7). PUT replaces, and removes what it does not name; POST adds and overwrites; PUT with a query and
 * no payload writes attributes; POST on an object creates, POST on a resource without payload or with text executes.
 */
import { utf8Encode } from '../../base/bytes.ts';
import type { CoapRequest } from '../../coap/request.ts';
import { contentFormats } from '../content-format.ts';
import type { DeviceDialect } from '../device-dialect.ts';
import { encodePayload } from '../encode-payload.ts';
import { parseExecuteArguments } from '../execute-arguments.ts';
import { type FormatError, formatError, isFormatError } from '../format-error.ts';
import { attributeQuery, type NotificationAttributes } from '../notification-attributes.ts';
import { childOf, depthOf, isWithin, type ResourcePath } from '../path.ts';
import type { Entry } from '../value.ts';
import { requestPath } from './request-path.ts';

/**
 * Writes entries at or below `path`, in one of the formats of `writeFormats`. A single value is always replaced; `replace` decides
 * for object instances and multiple resources.
 */
export function writeRequest(
  device: DeviceDialect,
  path: ResourcePath,
  entries: readonly Entry[],
  replace: boolean,
  format: number,
): CoapRequest | FormatError {
  if (depthOf(path) < 2) return formatError('path', 'a Write addresses an object instance or something in it');
  if (entries.length === 0) return formatError('missing-value', 'there is nothing to write');
  const payload = encodePayload(format, path, entries, { rootPath: device.rootPath });
  if (isFormatError(payload)) return payload;
  const single = depthOf(path) >= 3 && entries.length === 1 && entries[0]?.path === path;
  const method = single || replace ? 'PUT' : 'POST';
  // Text on a POST would be an Execute.
  if (method === 'POST' && format === contentFormats.text)
    return formatError('unsupported-format', 'text carries one value');
  return { method, path: requestPath(device.rootPath, path), contentFormat: format, payload };
}

/** Sets or unsets attributes of an object, object instance, resource or (from 1.1 on) resource instance. */
export function writeAttributesRequest(
  device: DeviceDialect,
  path: ResourcePath,
  attributes: NotificationAttributes,
): CoapRequest {
  return { method: 'PUT', path: requestPath(device.rootPath, path), query: attributeQuery(attributes) };
}

/** Executes a resource, with arguments in LwM2M's own syntax or none. */
export function executeRequest(
  device: DeviceDialect,
  path: ResourcePath,
  argumentText: string,
): CoapRequest | FormatError {
  if (depthOf(path) !== 3) return formatError('path', 'an Execute addresses a resource');
  const parsed = parseExecuteArguments(argumentText);
  if (isFormatError(parsed)) return parsed;
  const request: CoapRequest = { method: 'POST', path: requestPath(device.rootPath, path) };
  if (argumentText === '') return request;
  return { ...request, contentFormat: contentFormats.text, payload: utf8Encode(argumentText) };
}

/**
 * Creates an object instance. The entries lie below the instance to be created. Leaving its identifier to the device
 * (`instanceId` undefined, entries below instance 0) is possible in TLV only: SenML has no form for it.
 */
export function createRequest(
  device: DeviceDialect,
  object: ResourcePath,
  instanceId: number | undefined,
  entries: readonly Entry[],
  format: number,
): CoapRequest | FormatError {
  if (depthOf(object) !== 1) return formatError('path', 'a Create addresses an object');
  const instance = childOf(object, instanceId ?? 0);
  if (!entries.every((entry) => isWithin(entry.path, instance)))
    return formatError('path-mismatch', `all values lie in ${instance}`);
  const withoutInstance = instanceId === undefined;
  if (withoutInstance && format !== contentFormats.tlv)
    return formatError('unsupported-format', 'only TLV leaves the choice of the identifier to the device');
  const payload = encodePayload(format, object, entries, { rootPath: device.rootPath, withoutInstance });
  if (isFormatError(payload)) return payload;
  return { method: 'POST', path: requestPath(device.rootPath, object), contentFormat: format, payload };
}

/** Deletes an object instance, or (from 1.2 on) a resource instance. */
export function deleteRequest(device: DeviceDialect, path: ResourcePath): CoapRequest {
  return { method: 'DELETE', path: requestPath(device.rootPath, path) };
}
