/** Bodies of Leshan's interface: clients, and the answers of requests to devices. */
import {
  type ClientBody,
  type LeshanDelayed,
  type LeshanLink,
  type LeshanResponse,
  leshanStatus,
} from '../api/leshan/bodies.ts';
import { type Link, type ObjectModel, parsePath, segmentsOf } from '../gateway/texts.ts';
import type { DeviceDetail, OperationView } from '../gateway/views.ts';
import { leshanNode } from './leshan-node.ts';
import { linkAttributes } from './value-body.ts';

export function clientBody(device: DeviceDetail): ClientBody {
  return {
    endpoint: device.endpoint,
    registrationId: device.registrationId ?? '',
    // Leshan's clients read numbers: 0 stands for an instant at which the clock was not trusted.
    registrationDate: device.registeredAtWall ?? 0,
    lastUpdate: lastUpdateWall(device),
    address: device.address ?? '',
    lwM2mVersion: device.lwm2mVersion ?? '',
    lifetime: device.lifetimeSeconds ?? 0,
    bindingMode: device.binding ?? '',
    rootPath: device.rootPath,
    objectLinks: device.objectLinks.map(leshanLink),
    secure: device.security !== undefined && device.security !== 'none',
    additionalRegistrationAttributes: device.additionalAttributes,
    availableInstances: instancesByObject(device.objectLinks),
    queuemode: device.queueMode,
    sleeping: device.state === 'asleep',
  };
}

/** The last Update on the wall clock: its age is known, and so are age and instant of the last message. */
function lastUpdateWall(device: DeviceDetail): number {
  const { heardAtWall, heardSecondsAgo, updatedSecondsAgo } = device;
  if (heardAtWall === undefined) return 0;
  if (heardSecondsAgo === undefined || updatedSecondsAgo === undefined) return heardAtWall;
  return Math.round(heardAtWall - (updatedSecondsAgo - heardSecondsAgo) * 1_000);
}

function leshanLink(link: Link): LeshanLink {
  const attributes: Record<string, string | number | null> = {};
  for (const [name, value] of Object.entries(linkAttributes(link))) attributes[name] = value === true ? null : value;
  return { url: link.uri, attributes };
}

function instancesByObject(links: readonly Link[]): Record<string, number[]> {
  const instances: Record<string, number[]> = {};
  for (const link of links) {
    const path = parsePath(link.uri);
    const [object, instance] = path === undefined ? [] : segmentsOf(path);
    if (object === undefined || instance === undefined) continue;
    const known = instances[object];
    if (known === undefined) instances[object] = [instance];
    else if (!known.includes(instance)) known.push(instance);
  }
  return instances;
}

export type Answered = Pick<OperationView, 'code' | 'verb' | 'path' | 'entries' | 'links'>;

/** What the device answered; undefined for an operation that has no answer. */
export function leshanResponse(operation: Answered, model: ObjectModel): LeshanResponse | undefined {
  const { code, verb } = operation;
  if (code === undefined) return undefined;
  const success = code.startsWith('2.');
  const hasContent = success && (verb === 'read' || verb === 'observe');
  const content = hasContent ? leshanNode(operation.path, operation.entries, model) : null;
  const status = leshanStatus(code);
  return {
    status,
    valid: !status.startsWith('UNKNOWN') && (!hasContent || content !== null),
    success,
    failure: !success,
    ...(content === null ? {} : { content }),
    ...(success && verb === 'discover' ? { objectLinks: operation.links.map(leshanLink) } : {}),
  };
}

/** The first answer for a device that sleeps. */
export function delayedBody(operation: Pick<OperationView, 'id' | 'endpoint' | 'path'>): LeshanDelayed {
  return { ep: operation.endpoint, path: operation.path, requestId: String(operation.id), delayed: true };
}
