/**
 * Operations on several paths at once (LwM2M 1.1 core 6.3.9, 6.3.10, 6.4.5): FETCH with a list of names, iPATCH with values. A device
 * need not support them, and one client answers with silence: any error or time-out means single requests instead. Paths that
 * overlap have no defined meaning and are refused here.
 */
import type { CoapRequest } from '../../coap/request.ts';
import { contentFormats } from '../content-format.ts';
import type { DeviceDialect } from '../device-dialect.ts';
import { encodePayload } from '../encode-payload.ts';
import { type FormatError, formatError, isFormatError } from '../format-error.ts';
import { everything, isWithin, type ResourcePath } from '../path.ts';
import { type Entry, noValue } from '../value.ts';
import { rootSegments } from './request-path.ts';

/** Reads several paths in one request; `format` is SenML-JSON or SenML-CBOR, also of the answer. */
export function readCompositeRequest(
  device: DeviceDialect,
  paths: readonly ResourcePath[],
  format: number = contentFormats['senml-cbor'],
): CoapRequest | FormatError {
  const overlap = overlapping(paths);
  if (overlap !== undefined) return formatError('duplicate', `${overlap[0]} and ${overlap[1]} overlap`);
  const names = paths.map((path): Entry => ({ path, value: noValue }));
  const payload = encodePayload(format, everything, names, { rootPath: device.rootPath, purpose: 'paths' });
  if (isFormatError(payload)) return payload;
  return { method: 'FETCH', path: rootSegments(device.rootPath), contentFormat: format, accept: format, payload };
}

/** Observes several resources in one observation. */
export function observeCompositeRequest(
  device: DeviceDialect,
  paths: readonly ResourcePath[],
  format?: number,
): CoapRequest | FormatError {
  const read = readCompositeRequest(device, paths, format);
  return isFormatError(read) ? read : { ...read, observe: 0 };
}

/** Writes values of several objects, all or none. */
export function writeCompositeRequest(
  device: DeviceDialect,
  entries: readonly Entry[],
  format: number = contentFormats['senml-cbor'],
): CoapRequest | FormatError {
  const payload = encodePayload(format, everything, entries, { rootPath: device.rootPath });
  if (isFormatError(payload)) return payload;
  return { method: 'iPATCH', path: rootSegments(device.rootPath), contentFormat: format, payload };
}

function overlapping(paths: readonly ResourcePath[]): readonly [ResourcePath, ResourcePath] | undefined {
  for (const [index, path] of paths.entries())
    for (const other of paths.slice(index + 1))
      if (isWithin(path, other) || isWithin(other, path)) return [path, other];
  return undefined;
}
