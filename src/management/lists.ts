/** Long lists, chunk by chunk: devices and what is observed on them in our own form, registered clients in Leshan's. */
import type { ListedObservationBody } from '../api/bodies/device.ts';
import { stringifyJson } from '../api/json.ts';
import { limits } from '../base/limits.ts';
import type { ListedObservationView } from '../gateway/views.ts';
import { deviceBody, observationBody } from './device-body.ts';
import { devicesAfter, findDevice, isRegistered, unknownDevicePlan } from './device-lookup.ts';
import { clientBody } from './leshan-body.ts';
import type { Knowledge, List, Plan } from './plan.ts';
import { errorResponse, respond } from './response.ts';

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

/** Wishes and their relations; `ep` narrows them to one device. */
export function listObservations(query: URLSearchParams, knowledge: Knowledge): Plan {
  const endpoint = query.get('ep');
  if (endpoint !== null && findDevice(knowledge, endpoint) === undefined) {
    return unknownDevicePlan(knowledge, endpoint, (error) => respond(errorResponse(error)));
  }
  const whose = endpoint === null ? {} : { endpoint };
  const chunk = (cursor: string | undefined) => {
    const from = cursor === undefined ? {} : { after: cursor };
    const limit = limits.listChunkDevices;
    const answer = knowledge.inspect({ kind: 'observations', ...whose, ...from, limit });
    if (answer.kind !== 'observations') return { elements: [], after: undefined };
    const elements = answer.observations.map((observation) => stringifyJson(listedObservationBody(observation)));
    return { elements, after: answer.after };
  };
  return { kind: 'list', chunk };
}

function listedObservationBody(observation: ListedObservationView): ListedObservationBody {
  const { endpoint, formers } = observation;
  return { endpoint, ...observationBody(observation), formers };
}
