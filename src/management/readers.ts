/** The named readers of the event log: who they are and how far they are, and the moves of their cursors. */
import type { ReaderBody, ReaderChangeBody } from '../api/bodies/reader.ts';
import { errorDetails } from '../api/error-codes.ts';
import { parseJson, stringifyJson } from '../api/json.ts';
import type { OperatorAction, OperatorAnswer } from '../gateway/operator.ts';
import { plainOperatorError } from './operator-error.ts';
import type { Knowledge, List, Operate, Plan, Respond } from './plan.ts';
import { errorResponse, jsonResponse, respond } from './response.ts';

export function listReaders(knowledge: Knowledge): List {
  const chunk = () => {
    const answer = knowledge.inspect({ kind: 'readers' });
    const readers = answer.kind === 'readers' ? answer.readers : [];
    return { elements: readers.map((reader: ReaderBody) => stringifyJson(reader)), after: undefined };
  };
  return { kind: 'list', chunk };
}

/** Adds the reader, or moves its cursor to that of the body. */
export function setReader(name: string, body: string, query: URLSearchParams, knowledge: Knowledge): Plan {
  const cursor = cursorIn(body);
  if (cursor === undefined) return respond(errorResponse(errorDetails('BAD_REQUEST', shape)));
  return change({ kind: 'set-reader', name, cursor, reset: query.get('reset') === 'true' }, knowledge);
}

export function removeReader(name: string, knowledge: Knowledge): Plan {
  return change({ kind: 'remove-reader', name }, knowledge);
}

const shape = 'The body is {"cursor":ID}: the id of the last event that the reader has handled, 0 for none.';

function cursorIn(body: string): number | undefined {
  try {
    const parsed = parseJson(body) as { readonly cursor?: unknown } | null;
    const cursor = parsed?.cursor;
    return Number.isSafeInteger(cursor) && (cursor as number) >= 0 ? (cursor as number) : undefined;
  } catch {
    return undefined;
  }
}

function change(action: OperatorAction, knowledge: Knowledge): Operate {
  const next = (answer: OperatorAnswer): Respond => {
    if (answer.kind === 'error') return respond(errorResponse(plainOperatorError(answer, knowledge)));
    if (answer.kind !== 'reader') {
      return respond(errorResponse(errorDetails('UNEXPECTED', 'the gateway answered something else.')));
    }
    const { name, cursor, result } = answer;
    return respond(jsonResponse({ name, cursor, result } satisfies ReaderChangeBody));
  };
  return { kind: 'operate', action, next };
}
