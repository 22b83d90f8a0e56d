/** Long lists, chunk by chunk: devices in our own form, registered clients in Leshan's. */
import { stringifyJson } from '../api/json.ts';
import { deviceBody } from './device-body.ts';
import { devicesAfter, findDevice, isRegistered } from './device-lookup.ts';
import { clientBody } from './leshan-body.ts';
import type { Knowledge, List } from './plan.ts';

export function listDevices(knowledge: Knowledge): List {
  const chunk = (cursor: string | undefined) => {
    const { devices, after } = devicesAfter(knowledge, cursor);
    return { elements: devices.map((device) => stringifyJson(deviceBody(device))), after };
  };
  return { kind: 'list', chunk };
}

/** Leshan's list holds everything that is known of each client, so each is looked up. */
export function listClients(knowledge: Knowledge): List {
  const chunk = (cursor: string | undefined) => {
    const { devices, after } = devicesAfter(knowledge, cursor);
    const elements: string[] = [];
    for (const device of devices) {
      const detail = isRegistered(device) ? findDevice(knowledge, device.endpoint) : undefined;
      if (detail !== undefined) elements.push(stringifyJson(clientBody(detail)));
    }
    return { elements, after };
  };
  return { kind: 'list', chunk };
}
