/** Finding the device that a request names, and what to say when it is not there. */

import type { Verb } from '../api/bodies/operation.ts';
import type { ErrorDetails } from '../api/error-codes.ts';
import { muted, neverRegistered, noLongerRegistered, unknownDevice } from '../api/error-texts.ts';
import { nearestNames } from '../api/nearest.ts';
import { limits } from '../base/limits.ts';
import type { DeviceDetail, DeviceView } from '../gateway/views.ts';
import type { Knowledge, Plan, Steps } from './plan.ts';

export function findDevice(knowledge: Knowledge, endpoint: string): DeviceDetail | undefined {
  const answer = knowledge.inspect({ kind: 'device', endpoint });
  return answer.kind === 'device' ? answer.device : undefined;
}

/** A chunk of devices in the order of their names. */
export function devicesAfter(
  knowledge: Knowledge,
  after: string | undefined,
): { readonly devices: readonly DeviceView[]; readonly after: string | undefined } {
  const limit = limits.listChunkDevices;
  const answer = knowledge.inspect({ kind: 'devices', limit, ...(after === undefined ? {} : { after }) });
  if (answer.kind !== 'devices') return { devices: [], after: undefined };
  return { devices: answer.devices, after: answer.more ? answer.devices.at(-1)?.endpoint : undefined };
}

/** Whether requests can be addressed to it. */
export function isRegistered(device: DeviceView): boolean {
  return device.state !== 'gone' && device.state !== 'unseen' && device.registrationId !== undefined;
}

/** Why nothing can be asked of a device that is known and not registered. */
export function notRegistered(device: DeviceDetail, verb: Verb, wallNow: number | undefined): ErrorDetails {
  if (device.muted !== undefined) return muted(device.endpoint);
  if (device.ended !== undefined || device.state === 'gone') {
    return noLongerRegistered(device.endpoint, device.ended?.reason ?? null, device.ended?.secondsAgo ?? null);
  }
  const added = device.credential?.addedAtWall;
  const age = added === undefined || wallNow === undefined ? null : Math.max(0, (wallNow - added) / 1_000);
  return neverRegistered(device.endpoint, verb, age);
}

/** An unknown name, answered with the names nearest to it: all names are looked at, a chunk a turn. */
export function unknownDevicePlan(knowledge: Knowledge, endpoint: string, then: (error: ErrorDetails) => Plan): Steps {
  let nearest: readonly string[] = [];
  let after: string | undefined;
  const step = (): Plan | undefined => {
    const chunk = devicesAfter(knowledge, after);
    nearest = nearestNames(endpoint, [...nearest, ...chunk.devices.map((device) => device.endpoint)], 2);
    after = chunk.after;
    return after === undefined ? then(unknownDevice(endpoint, nearest)) : undefined;
  };
  return { kind: 'steps', step };
}
