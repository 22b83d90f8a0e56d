/**
 * Events as Leshan's stream has them: a name and a JSON body each, as server-sent events (WHATWG HTML section 9.2). Only what
 * is in the durable log carries an `id:`, which a reader gives back to go on where it was.
 */
import { stringifyJson } from '../api/json.ts';
import type { LeshanEventData } from '../api/leshan/bodies.ts';
import type { LoggedOperation, LoggedReport } from '../gateway/events.ts';
import { findDevice } from './device-lookup.ts';
import { eventTypeOf } from './event-body.ts';
import { clientBody, delayedBody, leshanResponse } from './leshan-body.ts';
import { leshanNode, leshanNodes } from './leshan-node.ts';
import type { Knowledge, StreamEvent } from './plan.ts';

/** The event as it stands in the stream, its empty line included; undefined for what Leshan's readers do not know. */
export function leshanEventText(event: StreamEvent, knowledge: Knowledge): string | undefined {
  const name = eventTypeOf(event);
  const data = dataOf(event, knowledge);
  if (name === undefined || data === undefined) return undefined;
  const id = event.kind === 'logged' ? `id: ${event.event.id}\n` : '';
  // JSON text holds no line break, so one data line carries it.
  return `event: ${name}\n${id}data: ${stringifyJson(data)}\n\n`;
}

function dataOf(event: StreamEvent, knowledge: Knowledge): LeshanEventData | undefined {
  switch (event.kind) {
    case 'logged':
      return event.event.kind === 'response'
        ? responseData(event.event.operation, knowledge)
        : notificationData(event.event, knowledge);
    case 'notification':
      return notificationData(event.event, knowledge);
    case 'registered':
    case 'deregistered':
      return registrationData(event.endpoint, knowledge);
    case 'updated':
      return updateData(event.endpoint, knowledge);
    case 'awake':
    case 'sleeping':
      return { ep: event.endpoint };
    case 'operation':
      return responseData(event.operation, knowledge);
    case 'gap':
      return { lost: event.lost, oldestId: event.oldestId };
    default:
      return undefined;
  }
}

function notificationData(event: Omit<LoggedReport, 'id'>, knowledge: Knowledge): LeshanEventData {
  const { endpoint: ep, path, entries } = event;
  if (event.kind === 'send' || path === undefined) return { ep, val: leshanNodes(entries, knowledge.model) };
  return { ep, kind: 'single', res: path, val: leshanNode(path, entries, knowledge.model) };
}

/** A device that was removed leaves no more than its name. */
function registrationData(endpoint: string, knowledge: Knowledge): LeshanEventData {
  const device = findDevice(knowledge, endpoint);
  return device === undefined ? { endpoint } : clientBody(device);
}

function updateData(endpoint: string, knowledge: Knowledge): LeshanEventData | undefined {
  const device = findDevice(knowledge, endpoint);
  if (device === undefined) return undefined;
  const registration = clientBody(device);
  return { registration, update: { registrationId: registration.registrationId } };
}

function responseData(operation: LoggedOperation, knowledge: Knowledge): LeshanEventData {
  const response = leshanResponse(operation, knowledge.model);
  return { ...delayedBody(operation), ...(response === undefined ? {} : { response }) };
}
