/**
 * The two event streams: ours (one object a line, with filters) and Leshan's (server-sent events). Both begin with what the log
 * holds and go on with what happens, so a reader that keeps the last id it handled misses nothing over restarts of either side.
 */
import { errorDetails } from '../api/error-codes.ts';
import {
  type EventSelection,
  type EventStart,
  lastEventsDefault,
  parseEventSelection,
  parseEventStart,
} from '../api/event-selection.ts';
import { stringifyJson } from '../api/json.ts';
import { isFinal } from '../api/state-words.ts';
import { contentTypes } from '../api/version.ts';
import { limits } from '../base/limits.ts';
import { endpointOf, eventBody, eventTypeOf } from './event-body.ts';
import { leshanEventText } from './leshan-event.ts';
import type { EventStream, Knowledge, Plan, StreamEvent } from './plan.ts';
import { errorResponse, respond, textResponse } from './response.ts';

/** Leshan's stream: `ep` narrows it; `from` or the header Last-Event-ID, which is newer, says where it goes on. */
export function leshanEvents(query: URLSearchParams, lastEventId: string | undefined, knowledge: Knowledge): Plan {
  const from = lastEventId ?? query.get('from');
  const start = from === null || from === '' ? 'now' : parseEventStart(from);
  if (start === undefined) return respond(textResponse(400, `"${from}" is not an event id, "start" or "now".`));
  const endpoint = query.get('ep');
  const render = (event: StreamEvent): string | undefined =>
    concerns(event, endpoint ?? undefined) ? leshanEventText(event, knowledge) : undefined;
  const after = cursorOf(start);
  return {
    kind: 'events',
    contentType: contentTypes.eventStream,
    heartbeat: ':\n\n',
    opening: [':\n\n'],
    cursor: after ?? lastEventIdOf(knowledge),
    after,
    tellsGap: start !== 'start',
    follow: true,
    render,
  };
}

function cursorOf(start: EventStart): number | undefined {
  if (start === 'now') return undefined;
  return start === 'start' ? 0 : start;
}

/** Our stream, as its query selects. */
export function holdfastEvents(query: URLSearchParams, lastEventId: string | undefined, knowledge: Knowledge): Plan {
  const parsed = parseEventSelection(query);
  if (typeof parsed === 'string') return respond(errorResponse(errorDetails('BAD_REQUEST', parsed)));
  const resumed = lastEventId === undefined ? undefined : parseEventStart(lastEventId);
  const selection: EventSelection = resumed === undefined ? parsed : { ...parsed, from: resumed };
  const { from } = selection;
  if (from === undefined) return newest(selection, selection.last ?? lastEventsDefault, knowledge);
  const after = cursorOf(from);
  return ourStream(selection, { after, cursor: after ?? lastEventIdOf(knowledge), lines: [] }, knowledge);
}

interface Beginning {
  readonly after: number | undefined;
  readonly cursor: number;
  readonly lines: readonly string[];
}

function ourStream(selection: EventSelection, { after, cursor, lines }: Beginning, knowledge: Knowledge): EventStream {
  return {
    kind: 'events',
    contentType: contentTypes.jsonLines,
    heartbeat: '\n',
    opening: lines.length > 0 ? lines : endedAlready(selection, after, knowledge),
    cursor,
    after,
    tellsGap: selection.from !== 'start',
    follow: selection.follow,
    render: (event) => ourLine(event, selection, knowledge),
  };
}

/**
 * The newest events that fit: the log is read from its start, a chunk a turn, since filters decide what counts; without filters
 * from where they must begin.
 */
function newest(selection: EventSelection, count: number, knowledge: Knowledge): Plan {
  const isFiltered =
    selection.types.length > 0 || selection.endpoint !== undefined || selection.operation !== undefined;
  const kept: { id: number; line: string }[] = [];
  let after = isFiltered ? 0 : Math.max(0, lastEventIdOf(knowledge) - count);
  const step = (): Plan | undefined => {
    const answer = knowledge.inspect({ kind: 'events', after, limit: limits.listChunkEvents });
    const events = answer.kind === 'events' ? answer.events : [];
    for (const event of events) {
      const line = ourLine({ kind: 'logged', event }, selection, knowledge);
      if (line !== undefined) kept.push({ id: event.id, line });
      after = event.id;
    }
    kept.splice(0, Math.max(0, kept.length - count));
    if (events.length >= limits.listChunkEvents) return undefined;
    const cursor = kept[0] === undefined ? after : kept[0].id - 1;
    return ourStream(selection, { after, cursor, lines: kept.map(({ line }) => line) }, knowledge);
  };
  return { kind: 'steps', step };
}

/** Somebody who waits for an operation that is over already is told at once, unless the replay of the log will tell him. */
function endedAlready(selection: EventSelection, after: number | undefined, knowledge: Knowledge): readonly string[] {
  if (selection.operation === undefined) return [];
  const answer = knowledge.inspect({ kind: 'operation', id: selection.operation });
  if (answer.kind !== 'operation' || answer.operation === undefined || !isFinal(answer.operation.state)) return [];
  const { eventId } = answer.operation;
  if (eventId !== undefined && after !== undefined && eventId > after && isLogged(eventId, knowledge)) return [];
  const operation = { ...answer.operation, eventId: undefined };
  const line = ourLine({ kind: 'operation', operation }, selection, knowledge);
  return line === undefined ? [] : [line];
}

function isLogged(id: number, knowledge: Knowledge): boolean {
  const answer = knowledge.inspect({ kind: 'events', after: id - 1, limit: 1 });
  return answer.kind === 'events' && answer.events[0]?.id === id;
}

function ourLine(event: StreamEvent, selection: EventSelection, knowledge: Knowledge): string | undefined {
  if (event.kind !== 'gap' && !isSelected(event, selection)) return undefined;
  const body = eventBody(event, knowledge);
  return body === undefined ? undefined : `${stringifyJson(body)}\n`;
}

function isSelected(event: StreamEvent, { types, endpoint, operation }: EventSelection): boolean {
  const type = eventTypeOf(event);
  if (type === undefined || (types.length > 0 && !types.includes(type))) return false;
  if (operation !== undefined && operationOf(event)?.id !== operation) return false;
  return concerns(event, endpoint);
}

function operationOf(event: StreamEvent): { readonly id: number } | undefined {
  if (event.kind === 'operation') return event.operation;
  return event.kind === 'logged' && event.event.kind === 'response' ? event.event.operation : undefined;
}

/** A gap concerns every reader; what concerns no device only those who read everything. */
function concerns(event: StreamEvent, endpoint: string | undefined): boolean {
  return endpoint === undefined || event.kind === 'gap' || endpointOf(event) === endpoint;
}

function lastEventIdOf(knowledge: Knowledge): number {
  const answer = knowledge.inspect({ kind: 'status' });
  return answer.kind === 'status' ? answer.status.events.lastId : 0;
}
