/**
 * The version of the contract. Fields are only ever added under one number; a change that a program could trip over raises it.
 * Every HTTP response carries it, and the CLI stops with exit code 13 when it is not its own.
 */
export const jsonSchemaVersion = 1;

/** Of this source tree; a test holds it against package.json. */
export const productVersion = '0.1.0';

export const headers = {
  /** On every response. On a request it asks for JSON errors on Leshan's paths too, which otherwise answer plain text. */
  schema: 'holdfast-schema',
  /** On a request over a unix socket: the account in whose name it is made, for the event log. */
  account: 'holdfast-account',
  /** On an event stream: the id after which the stream begins; a reader that has seen no id yet goes on from here. */
  cursor: 'holdfast-cursor',
  /** On a request for an event stream: go on after this id (server-sent events, WHATWG HTML section 9.2.4). */
  lastEventId: 'last-event-id',
} as const;

export const contentTypes = {
  json: 'application/json; charset=utf-8',
  /** One JSON object a line, flushed at once; an empty line keeps the connection alive and means nothing. */
  jsonLines: 'application/x-ndjson; charset=utf-8',
  metrics: 'text/plain; version=0.0.4; charset=utf-8',
  eventStream: 'text/event-stream; charset=utf-8',
} as const;
