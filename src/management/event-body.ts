/** Events in our own form, one object a line: what happened, to whom, with every value. */
import type { EventBody, EventDetail } from '../api/bodies/event.ts';
import type { EventType } from '../api/event-names.ts';
import { isFinal } from '../api/state-words.ts';
import type { LoggedEvent, LoggedOperation, LoggedReport } from '../gateway/events.ts';
import type { Entry } from '../gateway/texts.ts';
import type { Knowledge, StreamEvent } from './plan.ts';
import { recoveryDevices } from './recovery-body.ts';
import { valueBodies } from './value-body.ts';
import { wallText } from './wall-text.ts';

/** The type of an event as readers know it; undefined for what is not theirs (log lines, answers, operations under way). */
export function eventTypeOf(event: StreamEvent): EventType | undefined {
  switch (event.kind) {
    case 'logged':
      return loggedTypes[event.event.kind];
    case 'operation':
      // What the log has is told from there, with its id.
      return isFinal(event.operation.state) && event.operation.eventId === undefined ? 'REQUEST_RESPONSE' : undefined;
    case 'answer':
    case 'alarm':
    case 'handshake':
    case 'log':
      return undefined;
    default:
      return simpleTypes[event.kind];
  }
}

const loggedTypes = { notification: 'NOTIFICATION', send: 'SEND', response: 'REQUEST_RESPONSE' } as const;

const simpleTypes = {
  notification: 'NOTIFICATION',
  registered: 'REGISTRATION',
  updated: 'UPDATED',
  deregistered: 'DEREGISTRATION',
  awake: 'AWAKE',
  sleeping: 'SLEEPING',
  recovered: 'RECOVERY',
  unreachable: 'RECOVERY',
  recovery: 'RECOVERY',
  refused: 'REFUSED',
  change: 'CHANGE',
  gap: 'GAP',
} as const satisfies Readonly<Record<string, EventType>>;

/** Whom it happened to; undefined for what concerns no known device. */
export function endpointOf(event: StreamEvent): string | undefined {
  switch (event.kind) {
    case 'logged':
    case 'notification':
      return event.event.endpoint;
    case 'operation':
      return event.operation.endpoint;
    default:
      return 'endpoint' in event ? event.endpoint : undefined;
  }
}

/** The event's body; undefined for what has no type. */
export function eventBody(event: StreamEvent, knowledge: Knowledge): EventBody | undefined {
  const type = eventTypeOf(event);
  if (type === undefined) return undefined;
  const plain: EventBody = {
    id: null,
    at: wallText(knowledge.wallNow()),
    type,
    endpoint: endpointOf(event) ?? null,
    path: null,
    values: [],
    operation: null,
    account: null,
    unverified: false,
    detail: detailOf(event),
  };
  return { ...plain, ...specificOf(event, knowledge) };
}

function specificOf(event: StreamEvent, knowledge: Knowledge): Partial<EventBody> {
  switch (event.kind) {
    case 'logged':
      return { id: event.event.id, ...loggedBody(event.event, knowledge) };
    case 'notification':
      return notified(event.event, knowledge);
    case 'operation':
      return responded(event.operation, knowledge);
    case 'change':
      return { account: event.account };
    default:
      return {};
  }
}

function loggedBody(event: LoggedEvent, knowledge: Knowledge): Partial<EventBody> {
  if (event.kind !== 'response') return notified(event, knowledge);
  return { at: wallText(event.atWall), ...responded(event.operation, knowledge) };
}

function notified(event: Omit<LoggedReport, 'id'>, knowledge: Knowledge): Partial<EventBody> {
  return {
    at: wallText(event.atWall),
    path: event.path ?? null,
    values: valuesOf(event.entries, knowledge),
    unverified: event.unverified,
  };
}

function responded(operation: LoggedOperation, knowledge: Knowledge): Partial<EventBody> {
  return {
    path: operation.path,
    values: operation.verb === 'write' ? [] : valuesOf(operation.entries, knowledge),
    operation: operation.id,
    account: operation.account,
  };
}

function valuesOf(entries: readonly Entry[], knowledge: Knowledge): EventBody['values'] {
  return valueBodies(entries, knowledge.model).map(({ path, name, type, value }) => ({ path, name, type, value }));
}

function detailOf(event: StreamEvent): EventDetail {
  switch (event.kind) {
    case 'registered':
      return { lifetimeSeconds: event.lifetimeSeconds, objects: event.objects };
    case 'deregistered':
      return { reason: event.reason };
    case 'awake':
      return { forSeconds: Math.round(event.forMs / 1_000) };
    case 'operation':
      return responseDetail(event.operation);
    case 'recovered':
      return { how: event.rung ?? 'by itself' };
    case 'unreachable':
      return { how: event.kind };
    case 'recovery':
      return { devices: recoveryDevices(event.recovery) };
    case 'refused':
      return { address: event.from, listener: event.listener, text: event.text };
    case 'change':
      return { text: event.text };
    case 'gap':
      return { lost: event.lost, oldestId: event.oldestId };
    case 'logged':
      return event.event.kind === 'response' ? responseDetail(event.event.operation) : undecodedDetail(event.event);
    case 'notification':
      return undecodedDetail(event.event);
    default:
      return {};
  }
}

function responseDetail({ verb, state, code }: LoggedOperation): EventDetail {
  return { verb, state, ...(code === undefined ? {} : { code }) };
}

function undecodedDetail({ undecoded }: Omit<LoggedReport, 'id'>): EventDetail {
  if (undecoded === undefined) return {};
  const { contentFormat, hex } = undecoded;
  return { payload: hex, ...(contentFormat === undefined ? {} : { contentFormat }) };
}
