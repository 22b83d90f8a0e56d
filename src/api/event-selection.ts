/**
 * Which events a reader wants, as the query of `GET /api/holdfast/events` and (`ep`, `from`) of `GET /api/event`.
 *
 * First comes what the log holds: after `from`, or the newest `last` of what fits the filters, oldest first. With `follow`
 * the stream then stays open and goes on with events as they happen, those without an id too; without, it ends there.
 * A `from` that the log no longer reaches gets one GAP event first. The response names its starting point in `Holdfast-Cursor`.
 */
import { type EventType, eventTypes, isEventType } from './event-names.ts';

export type EventStart = number | 'start' | 'now';

export interface EventSelection {
  /** Continue right after this id, with the oldest event held, or with none of them. Excludes `last`. */
  readonly from?: EventStart;
  readonly last?: number;
  readonly follow: boolean;
  readonly types: readonly EventType[];
  readonly endpoint?: string;
  readonly operation?: number;
}

export const lastEventsDefault = 20;

/** The newest are put together before the first is told; whoever wants more begins at an id. */
export const lastEventsMax = 1_000;

/** The query of a selection, with its question mark. */
export function eventSelectionQuery(selection: EventSelection): string {
  const query = new URLSearchParams();
  if (selection.from !== undefined) query.set('from', String(selection.from));
  if (selection.last !== undefined) query.set('last', String(selection.last));
  if (selection.follow) query.set('follow', 'true');
  if (selection.types.length > 0) query.set('type', selection.types.join(','));
  if (selection.endpoint !== undefined) query.set('ep', selection.endpoint);
  if (selection.operation !== undefined) query.set('operation', String(selection.operation));
  return `?${query.toString()}`;
}

/** The selection in a query, or a sentence about what is wrong with it. */
export function parseEventSelection(query: URLSearchParams): EventSelection | string {
  const from = query.get('from');
  const start = from === null ? undefined : parseEventStart(from);
  if (from !== null && start === undefined) return `"${from}" is not an event id, "start" or "now".`;
  const last = query.get('last');
  if (last !== null && !isWholeNumber(last)) return `"${last}" is not a number of events.`;
  if (Number(last) > lastEventsMax)
    return `the newest ${last} are too many: ${lastEventsMax} at most, or from an id on.`;
  const operation = query.get('operation');
  if (operation !== null && !isWholeNumber(operation)) return `"${operation}" is not an operation id.`;
  const words = (query.get('type') ?? '').split(',').filter((word) => word !== '');
  const wrong = words.find((word) => !isEventType(word));
  if (wrong !== undefined) return `"${wrong}" is not a type of event: ${eventTypes.join(' ')}.`;
  const endpoint = query.get('ep');
  return {
    ...(start === undefined ? {} : { from: start }),
    ...(last === null ? {} : { last: Number(last) }),
    follow: query.get('follow') === 'true',
    types: words.filter(isEventType),
    ...(endpoint === null ? {} : { endpoint }),
    ...(operation === null ? {} : { operation: Number(operation) }),
  };
}

export function parseEventStart(text: string): EventStart | undefined {
  if (text === 'start' || text === 'now') return text;
  return isWholeNumber(text) ? Number(text) : undefined;
}

function isWholeNumber(text: string): boolean {
  return /^[0-9]{1,15}$/.test(text);
}
