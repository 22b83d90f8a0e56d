/**
 * The names of events. Those that Leshan's stream (`GET /api/event`) has are spelled as there; its `data:` bodies are in
 * `leshan/bodies.ts`. `GET /api/holdfast/events` carries all of them as `EventBody`. Only durable events have an id.
 */
export const eventTypes = [
  'REGISTRATION',
  'UPDATED',
  'DEREGISTRATION',
  'NOTIFICATION',
  'SEND',
  'AWAKE',
  'SLEEPING',
  'RECOVERY',
  'REQUEST_RESPONSE',
  'REFUSED',
  'CHANGE',
  'GAP',
] as const;

export type EventType = (typeof eventTypes)[number];

export function isEventType(word: string): word is EventType {
  return (eventTypes as readonly string[]).includes(word);
}

/** What Leshan's stream carries; an `id:` line stands with NOTIFICATION and SEND that are in the durable log. */
export const leshanEventNames = [
  'REGISTRATION',
  'UPDATED',
  'DEREGISTRATION',
  'NOTIFICATION',
  'SEND',
  'AWAKE',
  'SLEEPING',
  'REQUEST_RESPONSE',
  'GAP',
] as const satisfies readonly EventType[];
