/** An entry of the event log as readers see it: decoded when it is told, not when it is kept. */
import { toHex } from '../base/bytes.ts';
import type { ResponseCode } from '../coap/code.ts';
import { contentFormatName } from '../lwm2m/content-format.ts';
import type { ObjectModel } from '../lwm2m/objects/model.ts';
import { discoverAnswer, readAnswer } from '../lwm2m/operations/answer.ts';
import { everything, type ResourcePath } from '../lwm2m/path.ts';
import type { ReportRecord, ResponseRecord } from '../records/event-record.ts';
import type { NumberedEvent } from './event-log.ts';
import type { LoggedEvent, LoggedOperation, LoggedReport } from './events.ts';
import type { OperationState, OperationView } from './views.ts';

export function loggedEvent(event: NumberedEvent, rootPath: string, model: ObjectModel): LoggedEvent {
  if (event.kind !== 'response') return loggedReport(event.id, event, rootPath, model);
  const { kind, id, endpoint, atWall } = event;
  return { kind, id, endpoint, atWall, operation: responseView(event, id, rootPath, model) };
}

/** What a device reported, under its id in the log. */
export function loggedReport(id: number, event: ReportRecord, rootPath: string, model: ObjectModel): LoggedReport {
  const { kind, endpoint, contentFormat, payload, atWall, unverified } = event;
  const path = event.path as ResourcePath | undefined;
  const read = readAnswer(answerOf(event, '2.05'), path ?? everything, model, decoding(rootPath, atWall));
  // Written out: objects made by spreading others take a multiple of the time and the memory.
  if (read.kind === 'values') return { kind, id, endpoint, path, entries: read.entries, atWall, unverified };
  const undecoded = { contentFormat, hex: toHex(payload) };
  return { kind, id, endpoint, path, entries: [], atWall, unverified, undecoded };
}

/** The same for a notification that is not in the log. */
export function toldEvent(event: ReportRecord, rootPath: string, model: ObjectModel): Omit<LoggedReport, 'id'> {
  const { id: _, ...told } = loggedReport(0, event, rootPath, model);
  return told;
}

/** How an operation ended, with the values or links that the device answered. `eventId`: its place in the log. */
export function responseView(
  event: ResponseRecord,
  eventId: number,
  rootPath: string,
  model: ObjectModel,
): LoggedOperation {
  const { endpoint, operation, contentFormat, payload, atWall } = event;
  const { code, verb, state } = operation;
  const path = event.path as ResourcePath;
  const answer = answerOf(event, code as ResponseCode);
  const isAnswered = code?.startsWith('2.') ?? false;
  const read = isAnswered && verb === 'read' ? readAnswer(answer, path, model, decoding(rootPath, atWall)) : undefined;
  const discovered = isAnswered && verb === 'discover' ? discoverAnswer(answer, rootPath) : undefined;
  return {
    ...operation,
    verb: verb as OperationView['verb'],
    state: state as OperationState,
    endpoint,
    path,
    entries: read?.kind === 'values' ? read.entries : [],
    links: discovered?.kind === 'links' ? discovered.links : [],
    format: contentFormat === undefined ? undefined : contentFormatName(contentFormat),
    payload: code === undefined ? undefined : payload,
    eventId,
  };
}

function answerOf({ contentFormat, payload }: ReportRecord | ResponseRecord, code: ResponseCode) {
  return { code, contentFormat, payload, locationPath: [] };
}

function decoding(rootPath: string, atWall: number | undefined) {
  return atWall === undefined ? { rootPath } : { rootPath, receivedAtWallSeconds: atWall / 1_000 };
}
