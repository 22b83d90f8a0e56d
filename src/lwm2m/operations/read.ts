/**
 * The requests that look at a device: Read, Discover, Observe and Cancel (LwM2M 1.2 core 6.3.1, 6.3.2, 6.4; transport 6.7). All are
 * GET; Accept 40 makes a Discover, the Observe option an observation.
 */
import type { CoapRequest } from '../../coap/request.ts';
import { contentFormats } from '../content-format.ts';
import { type DeviceDialect, readFormat } from '../device-dialect.ts';
import { attributeQuery, type NotificationAttributes } from '../notification-attributes.ts';
import type { ResourcePath } from '../path.ts';
import { requestPath } from './request-path.ts';

/** Reads an object, object instance, resource or (from 1.1 on) resource instance. */
export function readRequest(device: DeviceDialect, path: ResourcePath, format?: number): CoapRequest {
  const accept = format ?? readFormat(device);
  const request: CoapRequest = { method: 'GET', path: requestPath(device.rootPath, path) };
  return accept === undefined ? request : { ...request, accept };
}

/** Asks what is there, and which attributes are set. */
export function discoverRequest(device: DeviceDialect, path: ResourcePath): CoapRequest {
  return { method: 'GET', path: requestPath(device.rootPath, path), accept: contentFormats.link };
}

/**
 * Observes a path. From 1.2 on the attributes stand in the query and count for this observation alone; before, they have to be
 * written first (`writeAttributesRequest`) and are left out here.
 */
export function observeRequest(
  device: DeviceDialect,
  path: ResourcePath,
  attributes: NotificationAttributes = {},
  format?: number,
): CoapRequest {
  const query = device.version === '1.2' ? attributeQuery(attributes) : [];
  const request: CoapRequest = { ...readRequest(device, path, format), observe: 0 };
  return query.length === 0 ? request : { ...request, query };
}

/** Ends an observation: the request that began it with Observe 1; its token has to be the same (RFC 7641 section 3.6). */
export function cancelRequest(observe: CoapRequest): CoapRequest {
  return { ...observe, observe: 1 };
}
